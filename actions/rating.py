"""Takes what customers answer when they are asked how content they are."""

from typing import ClassVar

from actions.skill import SkillAction
from actions.turn import Turn
from crm.ticket.satisfaction import Taken, take_score

RESPONSES = {
    Taken.THANKS: "utter_rating_thanks",
    Taken.SORRY: "utter_rating_sorry",
    Taken.LATE: "utter_rating_late",
    Taken.UNKNOWN: "utter_rating_late",
}


class TakeRating(SkillAction):
    """Keeps a score from one to five for the ticket that was asked about."""

    action: ClassVar[str] = "action_take_rating"

    def perform(self, turn: Turn) -> None:
        score, number = turn.entity("score") or "", turn.entity("rated_ticket") or ""
        given = int(score) if score.isascii() and score.isdigit() else 0
        taken = take_score(turn.session, turn.conversation.id, number, given)
        turn.say(RESPONSES[taken])


ACTIONS = (TakeRating,)
