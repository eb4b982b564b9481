"""The provider by which the staff may sign in, from the settings."""

from app.settings import Settings
from crm.staff.models import Role
from desk.door.provider import Provider
from desk.door.single_sign_on import WAY
from desk.mounting import PATH


def open_provider(settings: Settings) -> Provider | None:
    """The provider, if the settings name one."""
    if not settings.oidc_issuer:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        roles={theirs: Role(ours) for theirs, ours in settings.oidc_roles.items()},
        role_claim=settings.oidc_role_claim,
        title=settings.oidc_title,
        back=f"{settings.url}{PATH}{WAY}/back",
    )
