"""What the bot said without being asked, and the community, through the API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from crm.community.answering import take_answer
from crm.community.asking import NewQuestion, put_question
from crm.community.models import CommunityQuestion
from crm.community.moderation import CommunityRules
from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.db import Database, now
from crm.moment.declared import read_moments
from crm.moment.models import Moment, MomentState
from crm.offer.models import Product
from crm.order.models import OrderStatus
from desk.api import Desk
from desk.lessons import Answer, Example

from .conftest import Shop

CALLS: Sequence[tuple[str, str, Any]] = [
    ("GET", "/moments", None),
    ("POST", "/moments/1/withdraw", None),
    ("GET", "/community/questions", None),
    ("POST", "/community/questions/1/forward", {}),
    ("POST", "/community/questions/1/answers", {"text": "sì"}),
    ("POST", "/community/questions/1/close", None),
    ("POST", "/community/answers/1/approve", {}),
    ("POST", "/community/answers/1/refuse", {}),
]


class Pupil:
    """Remembers what it is taught."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def teach_answer(self, answer: Answer) -> None:
        self.answers.append(answer)

    def keep_example(self, example: Example) -> None:
        raise AssertionError


@pytest.fixture
def pupil() -> Pupil:
    return Pupil()


@pytest.fixture
def desk(desk: Desk, pupil: Pupil) -> Desk:
    return replace(desk, community=CommunityRules(read_moments(), 5), teacher=pupil)


def plan(session: Session, shop: Shop, **values: Any) -> Moment:
    moment = Moment(
        **{"name": "cart_left", "occasion": f"signal:{now().timestamp()}", "due_at": now(),
           "customer_id": shop.mario, "until": now() + timedelta(hours=1),
           "details": {"sku": "EG-2001"}, **values}
    )  # fmt: skip
    session.add(moment)
    session.flush()
    return moment


@pytest.fixture
def question_id(database: Database, shop: Shop) -> int:
    """A stranger asks; Mario owns what it is about and agreed to be asked."""
    from crm.order.models import Order

    with database.writing() as session:
        order = session.query(Order).one()
        order.status = OrderStatus.DELIVERED
        record_consent(session, shop.mario, Purpose.COMMUNITY, "telegram", True,
                       source="test", evidence="sì")  # fmt: skip
        new = NewQuestion("Fa schiuma con acqua dura?", "it", shop.chatting, sku="EG-3028")
        return put_question(session, new).id


@pytest.fixture
def answer_id(database: Database, shop: Shop, question_id: int) -> int:
    with database.writing() as session:
        question = session.get_one(CommunityQuestion, question_id)
        answer = take_answer(
            session, question, "Sì, anche con poca.",
            customer_id=shop.mario, conversation_id=shop.waiting,
        )  # fmt: skip
        return answer.id


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_every_call_needs_a_token(address: str, method: str, path: str, body: object) -> None:
    answer = httpx.request(
        method, f"{address}/api/v1{path}", json=body, trust_env=False, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


@pytest.mark.parametrize(("method", "path", "body"), CALLS[1:])
def test_marketers_may_only_look(
    marketer: httpx.Client, method: str, path: str, body: object
) -> None:
    answer = marketer.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


def test_what_went_out_and_what_was_held_back(
    agent: httpx.Client, marketer: httpx.Client, database: Database, shop: Shop
) -> None:
    with database.writing() as session:
        plan(session, shop)
        plan(session, shop, state=MomentState.HELD, reason="no_consent")
        plan(session, shop, state=MomentState.WITHDRAWN, reason="open_matter", name="care")
    for client in (agent, marketer):
        listed = client.get("/moments").json()["items"]
        assert [(one["state"], one["reason"]) for one in listed] == [
            ("withdrawn", "open_matter"), ("held", "no_consent"), ("planned", None),
        ]  # fmt: skip
    assert listed[0]["sku"] == "EG-2001" and listed[0]["customer_id"] == shop.mario
    [held] = agent.get("/moments", params={"state": "held", "reason": "no_consent"}).json()["items"]
    assert held["name"] == "cart_left"
    assert agent.get("/moments", params={"customer_id": shop.giulia}).json()["items"] == []
    assert agent.get("/moments", params={"name": "care"}).json()["items"][0]["name"] == "care"


def test_the_list_comes_in_pages(agent: httpx.Client, database: Database, shop: Shop) -> None:
    with database.writing() as session:
        ids = [plan(session, shop).id for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = agent.get("/moments", params={"limit": 2, "cursor": cursor}).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]


def test_a_planned_one_can_be_withdrawn(
    agent: httpx.Client, database: Database, shop: Shop
) -> None:
    with database.writing() as session:
        moment_id = plan(session, shop).id
    answer = agent.post(f"/moments/{moment_id}/withdraw").json()
    assert (answer["state"], answer["reason"]) == ("withdrawn", "by_staff")
    again = agent.post(f"/moments/{moment_id}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "not_planned")
    assert agent.post("/moments/99/withdraw").json()["code"] == "moment_not_found"


def test_r12_a_question_is_put_to_owners(agent: httpx.Client, question_id: int) -> None:
    [question] = agent.get("/community/questions").json()["items"]
    assert (question["text"], question["state"]) == ("Fa schiuma con acqua dura?", "open")
    told = agent.post(f"/community/questions/{question_id}/forward", json={"text": "Fa schiuma?"})
    assert (told.json()["asked"], told.json()["state"]) == (1, "asked")
    [moment] = agent.get("/moments").json()["items"]
    assert (moment["name"], moment["occasion"]) == ("community_question", f"question:{question_id}")


def test_the_staff_says_which_product(
    agent: httpx.Client, database: Database, question_id: int
) -> None:
    with database.writing() as session:
        session.get_one(CommunityQuestion, question_id).sku = None
        session.add(Product(sku="EG-3028", category="shaving", name={}, description={}, price=1))
    path = f"/community/questions/{question_id}/forward"
    assert agent.post(path, json={}).json()["asked"] == 0
    unknown = agent.post(path, json={"sku": "EG-0"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "product_not_found")
    told = agent.post(path, json={"sku": "EG-3028"}).json()
    assert (told["asked"], told["sku"]) == (1, "EG-3028")


def test_r12_an_approved_answer_is_what_the_bot_says(
    agent: httpx.Client, pupil: Pupil, question_id: int, answer_id: int
) -> None:
    [question] = agent.get("/community/questions").json()["items"]
    [answer] = question["answers"]
    assert (answer["by"], answer["author"], answer["state"]) == ("customer", None, "waiting")
    words = {"text": "Sì, ne basta poca.", "question": "Fa schiuma?"}
    approved = agent.post(f"/community/answers/{answer_id}/approve", json=words).json()
    assert approved["state"] == "answered" and approved["answers"][0]["decided_by"] == "Anna"
    [lesson] = pupil.answers
    assert (lesson.question, lesson.text, lesson.language) == (
        "Fa schiuma?", "Sì, ne basta poca.", "it",
    )  # fmt: skip
    names = {one["name"] for one in agent.get("/moments").json()["items"]}
    assert names == {"community_answer", "community_thanks"}
    again = agent.post(f"/community/answers/{answer_id}/approve", json={})
    assert (again.status_code, again.json()["code"]) == (409, "answer_settled")


def test_the_staff_answers(agent: httpx.Client, pupil: Pupil, question_id: int) -> None:
    path = f"/community/questions/{question_id}/answers"
    told = agent.post(path, json={"text": "Sì."}).json()
    assert [(one["by"], one["author"]) for one in told["answers"]] == [("staff", "Anna")]
    assert pupil.answers[0].text == "Sì."
    over = agent.post(path, json={"text": "Sì."})
    assert (over.status_code, over.json()["code"]) == (409, "question_over")
    assert agent.get("/community/questions").json()["items"] == []
    assert len(agent.get("/community/questions?state=answered").json()["items"]) == 1


def test_refused_and_laid_aside(
    agent: httpx.Client, pupil: Pupil, question_id: int, answer_id: int
) -> None:
    path = f"/community/answers/{answer_id}/refuse"
    told = agent.post(path, json={"reason": "pubblicità"}).json()
    assert (told["state"], told["answers"][0]["reason"]) == ("open", "pubblicità")
    closed = agent.post(f"/community/questions/{question_id}/close").json()
    assert closed["state"] == "closed" and pupil.answers == []


def test_what_is_not_there(agent: httpx.Client) -> None:
    assert agent.post("/community/questions/9/close").json()["code"] == "question_not_found"
    missing = agent.post("/community/answers/9/refuse", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "answer_not_found")
