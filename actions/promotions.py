"""The promotions that this customer may see now (R14, R19, R20)."""

from typing import ClassVar

from actions.offering import need_in, note_shown, request_in
from actions.skill import SkillAction
from actions.turn import Turn
from crm.offer.campaigns import in_language
from crm.offer.decision import Decision, decide
from crm.offer.facets import facets_in
from crm.offer.models import Purpose
from crm.offer.need import Need
from crm.offer.recommend import Choice
from crm.offer.request import OfferKind
from crm.offer.rules import NothingOpen
from crm.profile.assurance import reaches
from crm.profile.models import Level


class Promotions(SkillAction):
    """Tells the promotions of these days: for what was named, else the others."""

    action: ClassVar[str] = "action_promotions"

    def perform(self, turn: Turn) -> None:
        names_need = bool(facets_in(turn.text) or turn.entity("product"))
        decision = _promotions(turn, need_in(turn, turn.text) if names_need else Need())
        if NothingOpen.name in decision.trace.silenced_by:
            # Who is only claimed to be somebody hears nothing of what is open there.
            is_sure = reaches(turn.level, Level.VERIFIED)
            turn.say("utter_promotions_later" if is_sure else "utter_no_promotions_now")
        elif decision.choices:
            turn.say("utter_promotions", promotions=_lines(turn, decision))
        elif names_need:
            self._others(turn)
        else:
            turn.say("utter_no_promotions")

    def _others(self, turn: Turn) -> None:
        others = _promotions(turn, Need())
        if others.choices:
            turn.say("utter_promotions_other", promotions=_lines(turn, others))
        else:
            turn.say("utter_no_promotions")


def _promotions(turn: Turn, need: Need) -> Decision:
    request = request_in(turn, need, Purpose.ASKED, OfferKind.CAMPAIGN)
    decision = decide(turn.session, request, turn.tools.offers)
    note_shown(turn, request, decision)
    return decision


def _lines(turn: Turn, decision: Decision) -> str:
    return "\n".join(_line(turn, choice) for choice in decision.choices)


def _line(turn: Turn, choice: Choice) -> str:
    assert choice.campaign is not None and choice.variant is not None
    name, text = choice.campaign.name, choice.variant.text
    return f"• {in_language(name, turn.language)}: {in_language(text, turn.language)}"


ACTIONS = (Promotions,)
