"""Words are folded, split and stemmed; questions keep their question words."""

import pytest

from knowledge.words import content_words, fold, guess_language, in_full, split_words, stems


def test_accents_and_case_do_not_matter() -> None:
    assert fold("Perché È COSÌ?") == "perche e cosi?"


def test_an_apostrophe_divides() -> None:
    assert split_words("dov'è l’ordine n. 20417?") == ["dov", "e", "l", "ordine", "n", "20417"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("it", "spedizioni", "spedizione"), ("it", "restituire", "restituirlo"),
     ("en", "returns", "returned")],
)  # fmt: skip
def test_forms_of_a_word_share_a_stem(language: str, one: str, other: str) -> None:
    assert stems(one, language) == stems(other, language)


def test_question_words_stay() -> None:
    assert content_words("Quanto costa la spedizione?", "it") == ["quanto", "costa", "spedizione"]


def test_a_text_of_small_words_keeps_them_all() -> None:
    assert content_words("e per il", "it") == ["e", "per", "il"]


def test_the_language_is_guessed_from_small_words() -> None:
    assert guess_language(["come si fa il reso", "quanto costa la spedizione"]) == "it"
    assert guess_language(["how do I return it", "what is the cost of shipping"]) == "en"
    assert guess_language(["123"]) == "it"


def test_text_message_shorthand_is_written_out() -> None:
    assert in_full("Qnt costa? nn lo so") == "quanto costa? non lo so"
    assert in_full("quanti anni") == "quanti anni"
