"""Who asks, by their bearer token, and what their role lets them do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from crm.conversation import presence
from crm.staff.models import Role
from crm.staff.tokens import display_name, find_token
from desk.api.context import TheDesk
from desk.api.errors import Problem

ASK = {"WWW-Authenticate": "Bearer"}
HOW = "make one with `bottega token create` and send it as 'Authorization: Bearer bt_…'."

bearer = HTTPBearer(
    auto_error=False, description="A token made by `bottega token create --role …`."
)


@dataclass(frozen=True)
class Staff:
    """Somebody of the company, under the name by which the history knows them."""

    name: str
    role: Role

    @property
    def sees_personal_data(self) -> bool:
        """Marketers work with groups, not with names and addresses (R5, R8)."""
        return self.role != Role.MARKETER


def _bearer(
    desk: TheDesk, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Staff:
    if given is None:
        raise Problem(401, "missing_token", f"This needs a token; {HOW}", ASK)
    with desk.database.reading() as session:
        token = find_token(session, given.credentials)
        if token is None:
            raise Problem(401, "unknown_token", f"This token is unknown or revoked; {HOW}", ASK)
        return Staff(display_name(token), token.role)


def _who(desk: TheDesk, staff: Annotated[Staff, Depends(_bearer)]) -> Staff:
    if staff.role != Role.AGENT:
        return staff
    with desk.database.reading() as session:
        is_noted = presence.is_noted(session, staff.name)
    if not is_noted:
        with desk.database.writing() as session:
            presence.note_presence(session, staff.name)
    return staff


def _with_role(*roles: Role, of: Callable[..., Staff] = _who) -> Callable[[Staff], Staff]:
    wanted = " or ".join(roles)

    def check(staff: Annotated[Staff, Depends(of)]) -> Staff:
        if staff.role not in roles:
            message = f"The role {staff.role} may not do this; use a token with role {wanted}."
            raise Problem(403, "role_not_allowed", message)
        return staff

    return check


Reader = Annotated[Staff, Depends(_with_role(*Role))]
Worker = Annotated[Staff, Depends(_with_role(Role.AGENT, Role.ADMIN))]
Planner = Annotated[Staff, Depends(_with_role(Role.MARKETER, Role.ADMIN))]
# A shop's site or till: nobody is at work because it asks.
Program = Annotated[Staff, Depends(_with_role(Role.AGENT, Role.ADMIN, of=_bearer))]
Admin = Annotated[Staff, Depends(_with_role(Role.ADMIN))]
