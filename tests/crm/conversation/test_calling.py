"""The company's rules say what a person must see at once."""

from pathlib import Path

import pytest

from crm.conversation.calling import SHIPPED, BadCallingRules, load_calling_rules

HELD_OUT = Path(__file__).parents[2] / "fixtures" / "nlu"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Il phon ha PRESO  FUOCO!", "danger"),
        ("ho avuto una reazione allergica alla crema", "danger"),
        ("vi scriverà il mio avvocato", "law"),
        ("I got an electric shock from the hair dryer", "danger"),
        ("you will hear from my lawyer", "law"),
        ("il phon non si accende", None),
        ("cerco una crema per pelle che brucia", None),
        ("the straightener burnt my hair", None),
    ],
)
def test_the_rules_that_come_with_it(tmp_path: Path, text: str, rule: str | None) -> None:
    assert load_calling_rules(tmp_path / "none.yml").rule_for(text) == rule


def test_everyday_sentences_are_left_to_the_bot() -> None:
    rules = load_calling_rules(SHIPPED)
    sentences = [
        line.split("\t")[-1]
        for file in HELD_OUT.glob("*.tsv")
        for line in file.read_text("utf-8").splitlines()
    ]
    called = [sentence for sentence in sentences if rules.rule_for(sentence)]
    assert len(sentences) > 500
    assert len(called) <= len(sentences) / 200, called


def test_a_company_writes_its_own(tmp_path: Path) -> None:
    file = tmp_path / "handoff.yml"
    file.write_text("press: [giornalista, redazione]\n")
    rules = load_calling_rules(file)
    assert rules.rule_for("Sono una giornalista del Corriere") == "press"
    assert rules.rule_for("ha preso fuoco") is None


@pytest.mark.parametrize("wrong", ["danger: fuoco", "danger: []", "- fuoco", "a: [1]", "a: [ '"])
def test_what_is_no_list_of_words_is_named(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "handoff.yml"
    file.write_text(wrong)
    with pytest.raises(BadCallingRules, match=r"handoff\.yml"):
        load_calling_rules(file)
