"""What `bottega knowledge search` and `eval` print."""

import json
from pathlib import Path

import pytest

from knowledge.encoder import Encoder
from knowledge.evaluate import describe_search, evaluate_faq, read_queries
from knowledge.readers import ReadError
from knowledge.search import KnowledgeSearch
from tests.knowledge.shop import EXAMPLES, RETURNS, SHIPPING

FAQ = f"""id;question;answer;tag
7;{SHIPPING.title};{SHIPPING.text.replace(";", ",")};spedizione
9;{RETURNS.title};{RETURNS.text};reso
"""


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    path = tmp_path / "faq.csv"
    path.write_text(FAQ, "utf-8")
    return path


@pytest.mark.parametrize("header", ["", "id\ttext\n", "query_id\tquestion\n"])
def test_a_header_is_recognised(tmp_path: Path, header: str) -> None:
    path = tmp_path / "q.tsv"
    path.write_text(f"{header}1\tcome rendo un prodotto\n\n2\tspedizione\n", "utf-8")
    assert [(query.id, query.text) for query in read_queries(path)] == [
        ("1", "come rendo un prodotto"),
        ("2", "spedizione"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1\tuno\nsenza tabulazione\n", r"q\.tsv, line 2: write id<TAB>text"),
        ("id\ttext\n", "no query"),
    ],
)
def test_queries_that_cannot_be_read_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "q.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(ReadError, match=problem):
        read_queries(path)


@pytest.mark.parametrize("given_encoder", [True, False])
def test_each_query_gets_its_ranking(
    tmp_path: Path, faq: Path, encoder: Encoder, given_encoder: bool
) -> None:
    queries = tmp_path / "q.tsv"
    queries.write_text("a\tcome faccio a restituire un prodotto\nb\tspese di spedizione\n", "utf-8")
    outcomes = list(evaluate_faq(faq, queries, encoder if given_encoder else None, EXAMPLES))
    assert [outcome["query"] for outcome in outcomes] == ["a", "b"]
    assert [outcome["ids"] for outcome in outcomes] == [["9", "7"], ["7", "9"]]
    assert outcomes[0]["answers"] is True
    json.dumps(outcomes)


def test_one_search_as_json(search: KnowledgeSearch) -> None:
    known = describe_search(search, "quanto costa la spedizione", "it")
    unknown = describe_search(search, "chi ha vinto la partita", "it")
    assert (known["answers"], known["answer"], known["ask_back"]) == (True, "shipping-cost", [])
    assert (unknown["answers"], unknown["answer"]) == (False, None)
    assert len(unknown["ask_back"]) == 2
    first = known["hits"][0]
    assert set(first) >= {"id", "kind", "language", "title", "source", "score", "dense", "typo"}
    json.dumps([known, unknown])
