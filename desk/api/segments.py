"""/segments: groups of customers, those written down and those that nobody had thought of (R8)."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from crm.segment.census import count
from crm.segment.discovery import FEWEST, Discovered, discover
from crm.segment.filters import (
    BadFilter,
    Condition,
    Segment,
    fields_in,
    read_filter,
    read_segment,
)
from crm.segment.folder import SegmentThere, read_segments, save_segment
from desk.api.access import Planner, Reader, Staff
from desk.api.context import Desk, TheDesk
from desk.api.errors import Problem, answers, conflict
from desk.api.masking import TELLING

router = APIRouter(prefix="/segments", tags=["segments"])

Language = Annotated[Literal["it", "en"], Query(description="Of the words.")]
Percent = Annotated[float, Field(ge=0, le=1)]


class SegmentView(BaseModel):
    """A segment; `customers` is null for marketers where fewer than five are in it.

    So is `filter` for who may not see a field that it asks about.
    """

    name: str
    title: Mapping[str, str]
    customers: int | None
    filter: dict[str, Any] | None


class DistinctionView(BaseModel):
    """What sets a group apart: how often it holds in it, and with everybody."""

    words: str
    share: Percent
    share_of_all: Percent


class DiscoveredView(BaseModel):
    """A group that was found; its filter makes it a segment.

    `covered` is the share of the group that fits the filter.
    """

    customers: int
    covered: Percent
    distinctions: list[DistinctionView]
    filter: dict[str, Any]


class NewSegment(BaseModel):
    """A segment to be kept."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    title: dict[Literal["it", "en"], Annotated[str, Field(max_length=120)]] = Field(
        default_factory=dict
    )
    filter: dict[str, Any]


@router.get("", responses=answers(409))
def list_segments(desk: TheDesk, staff: Reader) -> list[SegmentView]:
    """The segments that the company has written down, with how many customers each has now."""
    try:
        segments = read_segments(_folder(desk))
    except BadFilter as problem:
        raise _bad_file(problem) from None
    with desk.database.reading() as session:
        return [_view(one, count(session, one.filter), desk, staff) for one in segments.values()]


@router.post("", status_code=201, responses=answers(400, 409))
def keep_segment(wanted: NewSegment, desk: TheDesk, staff: Planner) -> SegmentView:
    """Keep a segment under a name of its own, such as one that was discovered.

    It may ask only about fields whose values its maker may see.
    """
    try:
        segment = read_segment(wanted.model_dump())
    except BadFilter as problem:
        raise Problem(422, "invalid", str(problem)) from None
    for name in _closed_fields(segment.filter, desk, staff):
        message = f"The role {staff.role} may not ask about {name}; leave it out of the filter."
        raise Problem(403, "field_not_allowed", message)
    try:
        save_segment(_folder(desk), segment)
    except SegmentThere as problem:
        raise Problem(409, "segment_there", str(problem)) from None
    except BadFilter as problem:
        raise _bad_file(problem) from None
    with desk.database.reading() as session:
        return _view(segment, count(session, segment.filter), desk, staff)


@router.get("/discovered", responses=answers(409))
def discover_segments(desk: TheDesk, staff: Reader, lang: Language = "it") -> list[DiscoveredView]:
    """Groups of customers with much in common whom nobody has defined, the largest first.

    Only customers who agreed to profiling are looked at; no group has fewer than five.
    """
    if desk.group is None:
        raise Problem(409, "no_discovery", "This desk was given nothing to discover segments with.")
    hidden = desk.own_fields.hidden_from(staff.role)
    with desk.database.reading() as session:
        found = discover(session, desk.own_fields, desk.group, hidden)
    return [
        _discovered(one, lang)
        for one in found
        if not _closed_fields(read_filter(one.filter), desk, staff)
    ]


def _closed_fields(condition: Condition, desk: Desk, staff: Staff) -> Collection[str]:
    """What a filter asks about that somebody may not see: it would find one person by it."""
    hidden = desk.own_fields.hidden_from(staff.role)
    return [
        name
        for name in fields_in(condition)
        if name in hidden or (not staff.sees_personal_data and TELLING.search(name))
    ]


def _folder(desk: Desk) -> Path:
    if desk.segments is None:
        raise Problem(409, "no_segments", "This desk was given no folder of segments.")
    return desk.segments


def _bad_file(problem: BadFilter) -> Problem:
    return conflict("bad_segment", f"A file of segments needs a correction: {problem}")


def _view(segment: Segment, customers: int, desk: Desk, staff: Staff) -> SegmentView:
    is_hidden = not staff.sees_personal_data and customers < FEWEST
    is_closed = bool(_closed_fields(segment.filter, desk, staff))
    written = segment.filter.model_dump(mode="json", by_alias=True, exclude_none=True)
    return SegmentView(
        name=segment.name,
        title=segment.title,
        customers=None if is_hidden else customers,
        filter=None if is_closed else written,
    )


def _discovered(found: Discovered, language: str) -> DiscoveredView:
    return DiscoveredView(
        customers=found.customers,
        covered=round(found.covered, 4),
        distinctions=[
            DistinctionView(
                words=one.feature.words[language],
                share=round(one.share, 4),
                share_of_all=round(one.share_of_all, 4),
            )
            for one in found.distinctions
        ],
        filter=dict(found.filter),
    )
