"""What the company has to say about its WhatsApp number."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GRAPH_URL = "https://graph.facebook.com"
GRAPH_VERSION = "v25.0"
REPLY = "reply"


class BadWhatsAppSettings(ValueError):
    """WhatsApp is configured in a way that cannot work."""


@dataclass(frozen=True)
class Template:
    """A message that WhatsApp has approved. Its body has one variable, the text to be said."""

    name: str
    language: str


@dataclass(frozen=True)
class WhatsAppSettings:
    """The number, its keys and its templates.

    Args:
        token: access token of a system user, with the permission ``whatsapp_business_messaging``.
        phone_number_id: the id of the number, not the number itself.
        app_secret: signs what the platform delivers; without it nothing is accepted.
        verify_token: a word of our own, entered where the webhook is registered.
        business_account_id: the WhatsApp Business Account, for checking the templates.
        templates: by purpose and language, ``{("reply", "it"): Template(…)}``.
        public_url: address under which customers reach the app; completes relative links.

    Raises:
        BadWhatsAppSettings: something is missing or cannot be right.
    """

    token: str = field(repr=False)
    phone_number_id: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    business_account_id: str = ""
    templates: Mapping[tuple[str, str], Template] = field(default_factory=dict)
    public_url: str = ""
    api_url: str = GRAPH_URL
    api_version: str = GRAPH_VERSION
    timeout_seconds: float = 20.0
    attachment_bytes: int = 8 * 1024 * 1024

    def __post_init__(self) -> None:
        needed = ("token", "phone_number_id", "app_secret", "verify_token")
        missing = [name for name in needed if not str(getattr(self, name)).strip()]
        if missing:
            raise BadWhatsAppSettings(f"WhatsApp needs {', '.join(missing)}; see docs/whatsapp.md.")
        if not self.phone_number_id.isdigit():
            raise BadWhatsAppSettings(
                f"The phone number id {self.phone_number_id!r} is not a number; it stands below "
                "the telephone number in the app's WhatsApp settings."
            )

    @property
    def base_url(self) -> str:
        """Where the Graph API is, with its version."""
        return f"{self.api_url.rstrip('/')}/v{self.api_version.lstrip('v')}"

    def template_for(self, purpose: str, language: str) -> Template | None:
        """The template approved for a purpose in a language."""
        return self.templates.get((purpose, language))


def read_templates(written: str) -> dict[tuple[str, str], Template]:
    """Templates as a setting holds them: ``reply.it=answer_ready, reply.en=answer_ready:en_GB``.

    What stands after the colon is the language that the template was approved in, where it is not
    named like ours.

    Raises:
        BadWhatsAppSettings: an entry cannot be read.
    """
    return dict(_entry(part.strip()) for part in written.split(",") if part.strip())


def _entry(part: str) -> tuple[tuple[str, str], Template]:
    key, _, value = part.partition("=")
    purpose, _, language = key.strip().partition(".")
    name, _, code = value.strip().partition(":")
    if not (purpose and language and name):
        raise BadWhatsAppSettings(
            f"The template {part!r} cannot be read; write purpose.language=name, "
            "such as reply.it=answer_ready."
        )
    return (purpose, language), Template(name, code or language)
