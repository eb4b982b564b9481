"""Actions do things once, even if a turn is run again because Rasa died in the middle of it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from crm.conversation.log import lock_message
from crm.conversation.models import State, TurnEffect
from crm.conversation.turns import bot_may_speak

Result = dict[str, Any]


class TurnIsOver(Exception):
    """An action comes late and must do nothing.

    Its message has been answered or put aside, or a person has taken the conversation over.
    """


def once(
    session: Session, message_id: int, action: str, ordinal: int, perform: Callable[[], Result]
) -> Result:
    """What an action did at this point of this turn; performs it if it never ran.

    The result is kept in the transaction of the effects themselves: both or neither.

    Args:
        session: the transaction in which `perform` works.
        message_id: the customer's message that the turn answers.
        action: the action's name.
        ordinal: where in the turn the action is called, the same at every repetition.
        perform: does the work and returns what to tell Rasa, as JSON.

    Raises:
        TurnIsOver: the message is no longer the bot's to answer.
    """
    message = lock_message(session, message_id)
    known = session.get(TurnEffect, (message_id, action, ordinal))
    if known is not None:
        return known.result
    if message.state != State.RECEIVED or not bot_may_speak(message.conversation, message):
        raise TurnIsOver(f"{action} was called for message {message_id}, {message.state}")
    result = perform()
    session.add(TurnEffect(message_id=message_id, action=action, ordinal=ordinal, result=result))
    session.flush()
    return result
