"""Each word of the filter language, alone and together (R8)."""

from typing import Any

import pytest

from crm.db import Database
from crm.segment.census import count, count_by_zone, is_member
from crm.segment.filters import BadFilter, read_filter
from tests.crm.segment.conftest import Names

EVERYBODY = {"Mario", "Lucia", "Anna", "Ugo"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"all": []}, EVERYBODY),
        ({"any": []}, set()),
        ({"trait": {"name": "skin"}}, {"Mario", "Lucia"}),
        # explicit beats derived though it is older; within a kind the newer wins (R4)
        ({"trait": {"name": "skin", "equals": "dry"}}, {"Mario"}),
        ({"trait": {"name": "skin", "equals": "oily"}}, set()),
        ({"trait": {"name": "skin", "one_of": ["dry", "normal"]}}, {"Mario", "Lucia"}),
        ({"trait": {"name": "hair", "has": "curly"}}, {"Mario"}),
        ({"trait": {"name": "skin", "has": "dry"}}, set()),
        ({"trait": {"name": "children", "at_least": 1}}, {"Mario"}),
        ({"trait": {"name": "children", "equals": 0}}, {"Lucia"}),
        ({"trait": {"name": "children", "equals": "2"}}, {"Anna"}),
        ({"trait": {"name": "vegan", "equals": True}}, {"Mario"}),
        ({"trait": {"name": "vegan", "equals": False}}, {"Lucia"}),
        ({"trait": {"name": "vegan", "equals": "true"}}, set()),
        ({"trait": {"name": "born", "before": "1985-01-01"}}, {"Mario"}),
        ({"trait": {"name": "born", "after": "1985-01-01", "before": "1991-01-01"}}, {"Lucia"}),
        ({"event": {"kind": "check_in"}}, {"Mario"}),
        ({"event": {"kind": "check_in", "at_least": 3}}, set()),
        ({"event": {"kind": "check_in", "days": 30, "at_least": 2}}, set()),
        ({"event": {"kind": "check_in", "at_most": 0}}, EVERYBODY - {"Mario"}),
        ({"event": {"kind": "check_in", "details": {"shop": "milano"}}}, {"Mario"}),
        ({"event": {"kind": "page_view", "details": {"seconds": 30}}}, {"Lucia"}),
        ({"event": {"kind": "page_view", "details": {"seconds": "30"}}}, set()),
        ({"orders": {}}, {"Mario"}),
        ({"orders": {"at_least": 2}}, {"Mario"}),
        ({"orders": {"days": 30, "at_least": 2}}, set()),
        ({"orders": {"skus": ["EG-2"]}}, {"Mario"}),
        ({"orders": {"categories": ["shampoo"], "days": 30}}, {"Mario"}),
        ({"orders": {"shop": "rovereto", "at_least": 2}}, set()),
        ({"zone": {"cap": "38068"}}, {"Mario"}),
        ({"zone": {"cap": "38"}}, {"Mario", "Lucia"}),
        ({"zone": {"comune": "rovereto"}}, {"Mario"}),
        ({"zone": {"provincia": "TN"}}, {"Mario", "Lucia"}),
        ({"zone": {"provincia": ["RM", "TN"], "cap": "00"}}, {"Anna"}),
        ({"zone": {"regione": "Lazio"}}, {"Anna"}),
        ({"tier": "most_valuable"}, {"Mario"}),
        ({"tier": ["most_valuable", "standard"]}, EVERYBODY),
        ({"value": {"spent": {"at_least": 450, "at_most": 450}}}, {"Mario"}),
        ({"value": {"orders": {"at_most": 0}}}, EVERYBODY - {"Mario"}),
        ({"consent": {"purpose": "marketing", "channel": "email"}}, {"Mario", "Ugo", "Anna"}),
        ({"consent": {"purpose": "marketing", "channel": "email", "granted": False}}, {"Lucia"}),
        ({"known": "phone"}, {"Mario", "Anna"}),
        ({"known": ["phone", "email"]}, {"Mario"}),
        ({"not": {"zone": {"regione": "Lazio"}}}, {"Mario", "Lucia", "Ugo"}),
        ({"not": {"trait": {"name": "children", "at_least": 1}}}, EVERYBODY - {"Mario"}),
        ({"all": [{"known": "cap"}, {"not": {"tier": "most_valuable"}}]}, {"Lucia", "Anna"}),
        ({"any": [{"zone": {"cap": "38068"}}, {"known": "phone"}]}, {"Mario", "Anna"}),
    ],
)  # fmt: skip
def test_who_is_in_it(names: Names, written: Any, expected: set[str]) -> None:
    assert names(written) == expected


def test_how_many_are_where(database: Database, company: dict[str, int]) -> None:
    everybody = read_filter({"all": []})
    with database.reading() as session:
        assert count(session, everybody) == 4
        assert count_by_zone(session, everybody, "provincia") == {"TN": 2, "?": 1, "RM": 1}
        assert count_by_zone(session, everybody, "comune")["Rovereto"] == 1
        assert is_member(session, everybody, company["Mario"])
        assert not is_member(session, everybody, company["Pia"])


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"colour": "red"}, "colour is not a word of a filter"),
        ({}, "a condition is exactly one of: all, any, consent"),
        ({"tier": "growable", "known": "email"}, "a condition is exactly one of"),
        ({"tier": "golden"}, "tier.0: input should be 'most_valuable'"),
        ({"zone": {}}, "give 'cap', 'comune', 'provincia' or 'regione'"),
        ({"trait": {"name": "Skin type"}}, "trait.name: string should match pattern"),
        ({"trait": {"name": "born", "before": "soon"}}, "trait.before:"),
        ({"value": {"spent": {}}}, "give 'at_least' or 'at_most'"),
        ({"value": {"password": {"at_least": 1}}}, "value.password"),
        ({"event": {"kind": "check_in", "details": {"x'); drop": 1}}}, "should match pattern"),
        ({"consent": {"purpose": "marketing", "channel": "fax"}}, "use one of email, sms"),
        ("tier", "The filter:"),
    ],
)
def test_a_wrong_filter_is_told_in_a_sentence(written: Any, sentence: str) -> None:
    with pytest.raises(BadFilter) as raised:
        read_filter(written)
    assert sentence in str(raised.value)


def test_a_filter_has_a_size() -> None:
    deep: Any = {"tier": "growable"}
    for _ in range(40):
        deep = {"not": deep}
    with pytest.raises(BadFilter, match="nested"):
        read_filter(deep)
    with pytest.raises(BadFilter, match="more than 200 conditions"):
        read_filter({"any": [{"tier": "growable"}] * 1000})
