"""The weights that a company judges by: learnt from its own customers, else the built-in ones."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.profile.matching.customers import BUILT_IN
from crm.profile.matching.model import Model
from crm.profile.models import IdentityModel


def kept_model(session: Session) -> Model:
    """The weights to judge by."""
    weights = session.scalar(select(IdentityModel.weights).order_by(IdentityModel.id.desc()))
    return BUILT_IN if weights is None else Model.from_dict(weights)


def keep_model(session: Session, model: Model) -> None:
    """Judge by these from now on; whoever is known already is judged anew when a record changes."""
    forget_model(session)
    session.add(IdentityModel(weights=model.as_dict()))
    session.flush()


def forget_model(session: Session) -> None:
    """Go back to the built-in weights."""
    session.execute(delete(IdentityModel))
