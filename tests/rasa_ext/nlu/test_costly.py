"""What costs something is acted on only where the judge is surer than otherwise."""

from pathlib import Path

import pytest

from bot.rasa_ext.nlu.intents.features import Utterance
from bot.rasa_ext.nlu.intents.judge import Judge, JudgeRules
from bot.rasa_ext.nlu.intents.jury import JuryRules
from bot.rasa_ext.nlu.intents.network import Schooling
from tests.rasa_ext.nlu.test_intents import LABELLED

# In the very words of the intent "cancel": whoever has not seen one takes it for that.
FOREIGN = [
    (said, "out_of_scope")
    for said in (
        "cancel my flight", "cancel my gym", "cancel my alarm", "please stop the piano I bought",
        "please stop the shares I bought", "I no longer want the broadband",
        "I no longer want the dentist", "cancel my taxi", "please stop the pizza I bought",
        "I no longer want the visa",
    )
]  # fmt: skip


def judge(costly: frozenset[str]) -> Judge:
    rules = JudgeRules(
        jury=JuryRules(networks=1, schooling=Schooling(hidden=24, epochs=4)),
        costly=costly,
        costly_turned_down=0.5,
    )
    texts, intents = zip(*LABELLED, *FOREIGN, strict=True)
    return Judge.train([Utterance(text, (), ()) for text in texts], intents, rules)


@pytest.fixture(scope="module")
def careful() -> Judge:
    return judge(frozenset({"cancel", "return"}))


def test_what_is_like_other_matters_needs_more(careful: Judge) -> None:
    assert careful.threshold("cancel") > careful.threshold("track")
    assert careful.threshold("return") == careful.threshold("cancel")
    assert careful.threshold("track") == careful.threshold("price")


def test_without_costly_intents_all_need_the_same(careful: Judge) -> None:
    easy = judge(frozenset())
    assert easy.threshold("cancel") == easy.threshold("track") == careful.threshold("track")


def test_the_thresholds_are_kept(careful: Judge, tmp_path: Path) -> None:
    careful.save(tmp_path)
    again = Judge.load(tmp_path)
    for intent in ("cancel", "track"):
        assert again.threshold(intent) == careful.threshold(intent)
