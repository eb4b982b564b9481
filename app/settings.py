"""Settings: environment variables `BOTTEGA_*`, then `bottega.toml`, then these defaults."""

import secrets
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ROOT = Path(__file__).resolve().parent.parent
CONFIG_FILE = "bottega.toml"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class BadSettings(ValueError):
    """A setting has a value that cannot be used."""


class Settings(BaseSettings):
    """Everything that can be set. `docs/configuration.md` explains each."""

    model_config = SettingsConfigDict(
        env_prefix="BOTTEGA_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    home: Path = Field(Path(".bottega"), description="Folder of everything written at run time.")
    host: str = Field("127.0.0.1", description="Address on which the app listens.")
    port: int = Field(8000, ge=1, le=65535, description="Port on which the app listens.")
    public_url: str = Field("", description="Address under which customers reach the app.")
    models_folder: str = Field("", description="Trained models; empty: in the home folder.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the home folder.")
    durable: bool = Field(True, description="Wait for the disk at every SQLite commit.")
    demo: bool = Field(False, description="Serve the demo company, its shop page and mailbox.")
    secret: str = Field("", description="Signs tokens; empty: made once, kept in the home folder.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    offers_file: str = Field(
        "", description="Rules, weights and caps of offers; empty: offers.yml in the home folder."
    )
    fields_file: str = Field("", description="Own fields; empty: fields.yml in the home folder.")

    rasa_url: str = Field(
        "", description="Addresses of Rasa, separated by commas; empty: started and watched here."
    )
    rasa_timeout: float = Field(20.0, gt=0, description="Seconds that a turn may take in Rasa.")
    turns_at_once: int = Field(8, ge=1, description="Conversations that are answered in parallel.")
    turn_attempts: int = Field(5, ge=1, description="Tries of a turn before it is given up.")

    handoff_rules_file: str = Field(
        "", description="Words that call a person; empty: handoff.yml in the home folder."
    )
    handoff_alarm_minutes: float = Field(
        10, gt=0, description="Wait for a person after which a conversation is shown as late."
    )
    escalation_file: str = Field(
        "", description="Escalation rules; empty: escalation.yml in the home folder, or built in."
    )
    rating_after_minutes: int = Field(
        10, ge=0, description="Rest after which a settled ticket's customer is asked; 0: never."
    )
    deliveries_at_once: int = Field(64, ge=1, description="Chats of a channel sent to in parallel.")
    delivery_attempts: int = Field(8, ge=1, description="Tries of a delivery before it has failed.")
    telegram_token: str = Field(
        "", description="Token of the Telegram bot; empty: none (in the demo a local one)."
    )
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling", description="polling asks Telegram for messages; webhook: Telegram calls."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Address of the Telegram Bot API."
    )
    telegram_per_second: float = Field(
        30, gt=0, description="Telegram messages a second, over all."
    )
    telegram_chat_per_minute: float = Field(
        60, gt=0, description="Telegram messages a minute in one chat."
    )
    telegram_chat_burst: int = Field(3, ge=1, description="Of them, at once after a pause.")
    whatsapp_token: str = Field(
        "", description="Token of the WhatsApp system user; empty: none (in the demo a local one)."
    )
    whatsapp_phone_number_id: str = Field("", description="Id of the WhatsApp number.")
    whatsapp_app_secret: str = Field(
        "", description="Secret of the Meta app, which signs what WhatsApp delivers."
    )
    whatsapp_verify_token: str = Field(
        "", description="Word for registering the webhook; empty: made from the secret."
    )
    whatsapp_business_account_id: str = Field(
        "",
        description="Id of the WhatsApp Business Account, for asking which templates are approved.",
    )
    whatsapp_templates: str = Field(
        "", description="Approved templates: reply.it=name, reply.en=name:en_GB."
    )
    whatsapp_api_url: str = Field(
        "https://graph.facebook.com", description="Address of the WhatsApp Cloud API."
    )
    whatsapp_per_second: float = Field(
        80, gt=0, description="WhatsApp messages a second, over all."
    )
    whatsapp_chat_per_minute: float = Field(
        10, gt=0, description="WhatsApp messages a minute to one customer."
    )
    whatsapp_chat_burst: int = Field(45, ge=1, description="Of them, at once after a pause.")

    smtp_url: str = Field("", description="smtp://user:password@host:587, smtps:// for TLS.")
    mail_from: str = Field("assistente@example.it", description="Sender of outgoing mail.")

    embedding_model: str = Field(
        "intfloat/multilingual-e5-small",
        description="sentence-transformers model; out of reach: the small trained one.",
    )
    companions_hours: float = Field(
        6.0, gt=0, description="Hours after which what is bought together is learnt anew."
    )

    code_minutes: int = Field(10, ge=1, description="How long a one-time code can be used.")
    code_attempts: int = Field(3, ge=1, description="Wrong codes before the check is locked.")
    code_lock_minutes: int = Field(30, ge=1, description="How long a locked check stays locked.")
    codes_per_hour: int = Field(5, ge=1, description="Codes sent to one customer in an hour.")
    verified_minutes: int = Field(60, ge=1, description="How long a verification holds.")

    signal_secret: str = Field(
        "", description="Signs signals from other systems; empty: none are taken; two, by a comma."
    )
    value_margin: float = Field(0.4, ge=0, le=1, description="Share of a price left as margin.")
    value_ticket_cost: float = Field(6.0, ge=0, description="Cost of serving a ticket, in euro.")
    value_return_cost: float = Field(8.0, ge=0, description="Cost of a returned order, in euro.")
    value_usual_days: float = Field(120.0, gt=0, description="Usual days between two orders.")
    value_usual_order: float = Field(45.0, ge=0, description="Usual total of an order, in euro.")
    value_most_valuable_from: float = Field(
        150.0, description="Current value from which a customer is most valuable."
    )
    value_growable_from: float = Field(
        40.0, description="Potential value from which a customer is growable."
    )

    moments_file: str = Field(
        "", description="Moments; empty: moments.yml in the home folder, else those shipped."
    )
    moments_per_day: int = Field(
        1, ge=0, description="Messages a day to one customer that nobody asked for."
    )
    moments_per_week: int = Field(2, ge=0, description="The same in seven days.")
    moments_quiet_from: str = Field(
        "21:00", pattern=CLOCK, description="When the quiet hours begin, in Italian time."
    )
    moments_quiet_until: str = Field(
        "09:00", pattern=CLOCK, description="When they end; the same time twice: there are none."
    )
    moments_mood_hours: float = Field(
        24, ge=0, description="Hours for which an angry word or a bad review silences all that."
    )
    community_owners: int = Field(
        5, ge=0, description="Customers who are asked a question of the community."
    )

    webchat_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Other sites that may embed the widget, separated by commas.",
    )
    desk_session_hours: int = Field(
        12, ge=1, description="How long somebody stays signed in to the desk at most."
    )
    desk_idle_minutes: int = Field(
        120, ge=5, description="How long somebody stays signed in without doing anything."
    )

    oidc_issuer: str = Field(
        "", description="Address of an OpenID Connect provider by which the staff may sign in."
    )
    oidc_client_id: str = Field("", description="What the desk is called at the provider.")
    oidc_client_secret: str = Field(
        "", description="The desk's secret at the provider; empty for a public client."
    )
    oidc_role_claim: str = Field(
        "roles", description="Claim with roles or groups; dots lead further in."
    )
    oidc_roles: Annotated[dict[str, Literal["agent", "marketer", "admin"]], NoDecode] = Field(
        default_factory=dict,
        description="Which of these is which role here: `support=agent,heads=admin`.",
    )
    oidc_title: str = Field("OpenID", description="What the button of the sign-in page says.")

    visitor_secret: str = Field(
        "", description="Signs the tokens of visitors logged in to the surrounding site."
    )
    webchat_session_hours: int = Field(72, ge=1, description="How long a web chat session lives.")
    webchat_sessions_per_minute: int = Field(
        600, ge=1, description="New web chat sessions per minute from one address."
    )
    webchat_messages_per_minute: int = Field(
        60, ge=1, description="Messages per minute in one web chat session."
    )
    attachment_megabytes: int = Field(8, ge=1, description="Largest file a customer may send.")

    retain_hour: int = Field(3, ge=0, le=23, description="Hour of the night of the retention job.")
    retain_strangers_days: int = Field(
        90, ge=0, description="Conversations of people never recognised; 0, as below: for ever."
    )
    retain_messages_days: int = Field(730, ge=0, description="Messages and files in them.")
    retain_dialogues_days: int = Field(
        30, ge=0, description="What the assistant remembers of an idle conversation."
    )
    retain_effects_days: int = Field(
        30, ge=0, description="What actions did in a turn, kept to repeat a turn safely."
    )
    retain_mails_days: int = Field(90, ge=0, description="Mails that were sent.")
    retain_codes_days: int = Field(7, ge=0, description="Codes and links that are over.")
    retain_tickets_days: int = Field(1825, ge=0, description="The texts of closed tickets.")
    retain_offers_days: int = Field(1095, ge=0, description="To whom an offer was made.")
    retain_signals_days: int = Field(730, ge=0, description="Signals of what customers did.")
    retain_moments_days: int = Field(
        365, ge=0, description="What was said first or held back, and why."
    )
    retain_orders_days: int = Field(3653, ge=0, description="Orders: the law asks for ten years.")
    retain_prospects_days: int = Field(
        365, ge=0, description="People known from third parties alone, never heard of."
    )
    retain_customers_days: int = Field(
        3653, ge=0, description="Customers of whom nothing is heard any more."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("webchat_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _pair(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = (part.rpartition("=") for part in value.split(",") if part.strip())
        return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}

    @model_validator(mode="after")
    def _complete_provider(self) -> "Settings":
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_roles):
            raise ValueError(
                "BOTTEGA_OIDC_ISSUER needs BOTTEGA_OIDC_CLIENT_ID and BOTTEGA_OIDC_ROLES beside it."
            )
        return self

    @model_validator(mode="after")
    def _find_named_files(self) -> "Settings":
        """A file that is named must be there: what stands in for none is not what was meant."""
        files = [name for name in type(self).model_fields if name.endswith("_file")]
        for name in files:
            given = getattr(self, name)
            if given and not Path(given).is_file():
                raise ValueError(f"BOTTEGA_{name.upper()} is {given!r}, and there is no such file.")
        return self

    @cached_property
    def folder(self) -> Path:
        """The home folder as an absolute path, made if it is missing."""
        folder = self.home.expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.folder / 'bottega.db'}"

    @cached_property
    def key(self) -> str:
        """The secret that signs tokens and opens Rasa's door, made on first use."""
        if self.secret:
            return self.secret
        path = self.folder / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()

    @property
    def url(self) -> str:
        """The address under which the app is reached."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def signal_secrets(self) -> list[str]:
        """The secrets of which any may sign a signal."""
        return [part.strip() for part in self.signal_secret.split(",") if part.strip()]

    @property
    def fields(self) -> Path:
        """The file that declares the company's own fields."""
        return Path(self.fields_file).absolute() if self.fields_file else self.folder / "fields.yml"

    @property
    def handoff_rules(self) -> Path:
        """The file of the words that call a person; there need not be one."""
        given = self.handoff_rules_file
        return Path(given).absolute() if given else self.folder / "handoff.yml"

    @property
    def escalation(self) -> Path:
        """The file that declares what happens to late tickets."""
        own = self.escalation_file
        return Path(own).absolute() if own else self.folder / "escalation.yml"

    @property
    def offers(self) -> Path:
        """The file of what the company decides about its offers."""
        return Path(self.offers_file).absolute() if self.offers_file else self.folder / "offers.yml"

    @property
    def campaigns(self) -> Path:
        """The folder of the campaigns, one file each."""
        return self.folder / "campaigns"

    @property
    def moments(self) -> Path:
        """The file that declares the company's moments."""
        named = Path(self.moments_file).absolute() if self.moments_file else None
        return named or self.folder / "moments.yml"

    @property
    def segments(self) -> Path:
        """The folder of the segments, one file each."""
        return self.folder / "segments"

    @property
    def models(self) -> Path:
        """Where trained models lie."""
        return Path(self.models_folder).absolute() if self.models_folder else self.folder / "models"


def load_settings(**given: object) -> Settings:
    """Read the settings.

    Raises:
        BadSettings: one sentence a wrong value, naming the setting and what is expected.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as problem:
        raise BadSettings("\n".join(_explain(error) for error in problem.errors())) from None


def _explain(error: object) -> str:
    assert isinstance(error, dict)
    name = "_".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name!r} in {CONFIG_FILE} is not a setting; see docs/configuration.md."
    if not name:
        return str(error["ctx"]["error"])
    return f"BOTTEGA_{name.upper()} is {error['input']!r}: {error['msg'].lower()}."
