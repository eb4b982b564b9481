"""Answers questions from the documents, or says honestly that it does not know."""

from typing import ClassVar

from actions.care import ask_which_meant, tell_how_to
from actions.skill import SkillAction
from actions.ticket import keep_for_ticket
from actions.turn import Turn

SHOPS_SHOWN = 4

# Below this probability even the nearest titles would only puzzle the customer.
UNSURE = 0.2


class AnswerQuestion(SkillAction):
    """Gives the answer with its source; unsure, asks back with the nearest titles."""

    action: ClassVar[str] = "action_answer_question"

    def perform(self, turn: Turn) -> None:
        question = turn.entity("question") or turn.text
        if not question:
            turn.say("utter_ask_your_question")
            return
        if tell_how_to(turn, question):
            return
        found = turn.tools.knowledge.answer(question, turn.language, level=str(turn.level))
        if found.confident and found.hit is not None:
            turn.conversation.failed_tries = 0
            turn.say("utter_answer", answer=found.hit.document.text)
        elif ask_which_meant(turn, question):
            return
        elif found.probability >= UNSURE:
            titles = [document.title for document in found.alternatives]
            turn.say("utter_answer_unsure", buttons=[_button(title) for title in titles])
        else:
            keep_for_ticket(turn)
            turn.say("utter_answer_unknown")


def _button(title: str) -> dict[str, str]:
    escaped = title.replace("\\", "").replace('"', "'")
    return {"title": title, "payload": f'/ask_question{{"question": "{escaped}"}}'}


class StoreInfo(SkillAction):
    """Addresses and opening hours: of the shop in the town named, or of all."""

    action: ClassVar[str] = "action_store_info"

    def perform(self, turn: Turn) -> None:
        city = (turn.entity("city") or "").lower()
        shops = turn.tools.knowledge.search(
            turn.text or "orari", turn.language, kinds=("shop",), limit=20
        )
        documents = sorted((hit.document for hit in shops), key=lambda document: document.id)
        here = [document for document in documents if city and city in document.title.lower()]
        if city and not here:
            turn.say("utter_no_shop_there", city=turn.entity_as_written("city") or city.title())
        shown = here or documents[:SHOPS_SHOWN]
        turn.say("utter_shops", shops="\n\n".join(f"{d.title}\n{d.text}" for d in shown))


ACTIONS = (AnswerQuestion, StoreInfo)
