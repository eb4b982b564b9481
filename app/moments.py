"""What speaking first needs in this app: declared moments, words, limits, platforms' windows."""

from datetime import time, timedelta

from actions.phrases import LANGUAGES, Phrases
from app.offers import offer_policy
from app.settings import BadSettings, Settings
from crm.moment.declared import BadMoments, read_moments
from crm.moment.places import Window
from crm.moment.saying import Voice, responses_missing
from crm.moment.verdict import Limits
from integrations.channels.telegram import TelegramAccount
from integrations.channels.telegram.window import blocked_window
from integrations.channels.whatsapp import WhatsApp
from integrations.channels.whatsapp.window import template_window


def make_voice(
    settings: Settings,
    phrases: Phrases,
    telegram: TelegramAccount | None = None,
    whatsapp: WhatsApp | None = None,
) -> Voice:
    """Everything by which the bot speaks first.

    Raises:
        BadSettings: the declaration cannot be understood, or names a response that is not there.
    """
    try:
        moments = read_moments(settings.moments)
    except BadMoments as problem:
        raise BadSettings(str(problem)) from None
    windows: dict[str, Window] = {}
    if telegram is not None:
        windows["telegram"] = blocked_window
    if whatsapp is not None:
        windows["whatsapp"] = template_window(whatsapp.settings)
    voice = Voice(moments, phrases.variant, limits_of(settings), windows, offer_policy(settings))
    missing = responses_missing(voice, [kind.say for kind in moments], LANGUAGES)
    if missing:
        raise BadSettings(f"{missing[0]!r} is no response of bot/domain; see docs/moments.md.")
    return voice


def limits_of(settings: Settings) -> Limits:
    """How often and when, as settings `BOTTEGA_MOMENTS_…` say."""
    return Limits(
        per_day=settings.moments_per_day,
        per_week=settings.moments_per_week,
        quiet_from=time.fromisoformat(settings.moments_quiet_from),
        quiet_until=time.fromisoformat(settings.moments_quiet_until),
        mood_lasts=timedelta(hours=settings.moments_mood_hours),
    )
