"""The assistant's own training data: sound, balanced, and apart from the held-out sentences."""

import pytest
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.report.data_check import CheckRules, Example, check_data, examples_of
from bot.rasa_ext.report.heldout import (
    read_answers,
    read_development,
    read_entities,
    read_sentences,
)
from bot.rasa_ext.report.pipeline import read_training_data

RULES = CheckRules(fewest=(("it", 2),), most_times=3.0)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    data: TrainingData = read_training_data()
    return examples_of(data)


def kept_out() -> list[str]:
    answers = [*read_answers("refusals"), *read_answers("affirmations")]
    return [
        *(one.text for one in [*read_sentences(), *read_development(), *read_entities()]),
        *(text for _, text in answers),
    ]


def test_the_training_data_has_no_problem(examples: list[Example]) -> None:
    assert check_data(examples, kept_out()) == []


def test_every_intent_is_held_out_in_both_languages(examples: list[Example]) -> None:
    kept: dict[tuple[str, str | None], int] = {}
    for one in read_sentences():
        kept[one.intent, one.language] = kept.get((one.intent, one.language), 0) + 1
    for intent in {example.intent for example in examples}:
        assert kept.get((intent, "it"), 0) >= 10, intent
        assert kept.get((intent, "en"), 0) >= 5, intent


def test_the_two_sets_kept_out_share_no_sentence() -> None:
    held_out = {Example(one.text, "", None).key for one in read_sentences()}
    assert not held_out & {Example(one.text, "", None).key for one in read_development()}


def test_half_a_percent_of_other_matters_can_be_told() -> None:
    assert sum(one.intent == "out_of_scope" for one in read_sentences()) >= 200


def test_held_out_values_are_annotated() -> None:
    kinds = {entity["entity"] for one in read_sentences() for entity in one.entities}
    assert kinds >= {
        "email",
        "person_name",
        "cap",
        "order_number",
        "product",
        "date",
        "city",
        "amount",
    }


def test_there_are_two_hundred_refusals() -> None:
    assert len(set(read_answers("refusals"))) >= 200


def kinds(*said: tuple[str, str], held: tuple[str, ...] = ()) -> list[str]:
    examples = [Example(text, intent, "it") for text, intent in said]
    return [problem.kind for problem in check_data(examples, held, RULES)]


GREETINGS = (("ciao", "greet"), ("buonasera a tutti", "greet"))
GOODBYES = (("arrivederci", "goodbye"), ("a presto allora", "goodbye"))


def test_sound_data_has_no_problem() -> None:
    assert kinds(*GREETINGS, *GOODBYES) == []


def test_the_same_sentence_in_other_spelling_is_repeated() -> None:
    assert kinds(*GREETINGS, *GOODBYES, ("CIAOOO!", "greet")) == ["repeated"]


def test_the_same_sentence_under_two_intents_contradicts() -> None:
    assert "contradicting" in kinds(*GREETINGS, *GOODBYES, ("Ciao.", "goodbye"))


def test_nearly_the_same_sentence_under_two_intents_contradicts() -> None:
    near = ("dove trovo il vostro negozio", "greet"), ("dove trovo il vostro negozi", "goodbye")
    assert kinds(*GREETINGS, *GOODBYES, *near) == ["contradicting"]


def test_a_word_that_turns_the_meaning_is_no_slip() -> None:
    turned = ("la newsletter la voglio", "greet"), ("la newsletter non la voglio", "goodbye")
    assert kinds(*GREETINGS, *GOODBYES, *turned) == []


def test_too_few_and_too_many_are_told() -> None:
    many = [(f"saluto del giorno {'x' * n} numero {n}", "greet") for n in range(1, 12)]
    assert kinds(*many, *GOODBYES, ("uno", "thank"), ("due", "thank"), ("tre", "stop")) == [
        "many",
        "few",
    ]


def test_a_held_out_sentence_is_found_in_any_spelling() -> None:
    assert kinds(*GREETINGS, *GOODBYES, held=("BUONASERA, a tutti!",)) == ["leaked"]
