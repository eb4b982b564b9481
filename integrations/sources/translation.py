"""Rows into our words: names, contacts, dates and answers as the profile keeps them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm.consent.models import Purpose
from crm.db import now
from crm.profile.elastic import BadValue, FieldType, OwnField, OwnFields, check_value
from crm.profile.emails import email_key
from crm.profile.models import TraitKind
from crm.profile.names import display_name, split_name
from crm.profile.phones import normalise_phone
from crm.profile.places import normalise_cap
from crm.profile.tax_code_fit import contradictions
from crm.profile.tax_codes import normalise_tax_code
from crm.profile.timeline import ITALY
from crm.source.records import Answer, BadKey, Incoming, Told, origin_of
from integrations.sources.mapping import Column, ConsentColumn
from integrations.sources.mapping import Mapping as SourceMapping
from integrations.sources.rows import Row, RowError

DAY_FIRST = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")


@dataclass
class Translated:
    """What a row says, or nothing; and what was wrong in it."""

    incoming: Incoming | None = None
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True)
class Translator:
    """Turns rows of one source into records.

    A value that cannot be right is left out and noted; the rest of the row is taken in.
    """

    mapping: SourceMapping
    own_fields: OwnFields = field(default_factory=OwnFields)
    zone: ZoneInfo = ITALY

    def record(self, row: Row) -> Translated:
        """The record of a customer that a row is."""
        found = Translated()
        key = self.key(row, self.mapping.key, found)
        if key is None:
            return found
        at = self.time(row, self.mapping.at, found) or now()
        values: dict[str, Told] = {}
        for name, column in self.mapping.fields.items():
            values |= self._told(row, name, column, found)
        answers: list[Answer] = []
        for consent in self.mapping.consents:
            answers += self._answers(row, consent, found)
        self._note_foreign_code(row, values, found)
        found.incoming = Incoming(key, at, values, tuple(answers))
        return found

    def _note_foreign_code(self, row: Row, values: dict[str, Told], found: Translated) -> None:
        """Say that a codice fiscale is not its row's; it is kept, and proves nothing alone."""
        if "codice_fiscale" not in values:
            return
        against = contradictions({name: told.value for name, told in values.items()})
        if against:
            fields = " and ".join(field.replace("_", " ") for field in against)
            problem = f"it is not of somebody with this {fields}; kept, but not to know them by"
            column = self.mapping.fields["codice_fiscale"].column
            found.errors.append(RowError(row.place, column, problem))

    def key(self, row: Row, column: str, found: Translated) -> str | None:
        """The key of a row as text."""
        written = text_of(row.get(column))
        try:
            origin_of(self.mapping.source, written)
        except BadKey as problem:
            found.errors.append(RowError(row.place, column, str(problem)))
            return None
        return written

    def time(self, row: Row, column: str | None, found: Translated) -> datetime | None:
        """An instant; never later than now, or a typing error would win for years."""
        value = row.get(column) if column else None
        if value in (None, ""):
            return None
        try:
            return min(read_time(value, self.zone), now())
        except BadValue as problem:
            found.errors.append(RowError(row.place, column or "", str(problem)))
            return None

    def _told(self, row: Row, name: str, column: Column, found: Translated) -> dict[str, Told]:
        written = row.get(column.column)
        if _is_empty(written):
            return {}
        declared = self.own_fields.get(name)
        kind = column.kind or (declared.kind if declared else self.mapping.kind)
        try:
            values = self._values(name, column, declared, written)
        except BadValue as problem:
            found.errors.append(RowError(row.place, column.column, str(problem)))
            return {}
        return {part: Told(value, TraitKind(kind)) for part, value in values.items()}

    def _values(
        self, name: str, column: Column, declared: OwnField | None, written: Any
    ) -> dict[str, Any]:
        if column.values is not None:
            text = text_of(written)
            if text not in column.values:
                raise BadValue(f"it is none of {', '.join(column.values)}")
            written = column.values[text]
        if name == "name":
            parts = zip(("given_name", "family_name"), split_name(str(written)), strict=True)
            return {part: _name(value) for part, value in parts if value}
        if name in OWN_FORMS:
            return {name: OWN_FORMS[name](text_of(written))}
        if declared is None and column.type is None:
            return {name: _plain(written)}
        if column.type == "list" and isinstance(written, str):
            written = written.split(column.separator)
        form = declared or OwnField(type=FieldType(column.type or "text"))
        return {name: check_value(form, written)}

    def _answers(self, row: Row, column: ConsentColumn, found: Translated) -> list[Answer]:
        written = row.get(column.column)
        if _is_empty(written):
            return []
        word = text_of(written).lower()
        if word not in (*column.granted, *column.refused):
            problem = f"it is neither yes ({column.granted[0]}) nor no ({column.refused[0]})"
            found.errors.append(RowError(row.place, column.column, problem))
            return []
        at = self.time(row, column.at, found)
        granted = word in column.granted
        return [Answer(Purpose(column.purpose), column.channel, granted, at)]


def read_time(value: Any, zone: ZoneInfo = ITALY) -> datetime:
    """An instant, however a source writes it; without a time zone it is Italy's.

    Raises:
        BadValue
    """
    if isinstance(value, datetime):
        return _aware(value, zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, 12, tzinfo=zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    text = str(value).strip()
    for read in (_iso, _day_first):
        found = read(text)
        if found is not None:
            is_day = len(text) <= 10
            return _aware(found.replace(hour=12) if is_day else found, zone)
    raise BadValue("it is no date or time; write it like 2026-03-02 or 2026-03-02T09:30:00")


def _aware(value: datetime, zone: ZoneInfo) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _from_epoch(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadValue("it is no time in seconds or milliseconds since 1970") from None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day_first(text: str) -> datetime | None:
    for form in DAY_FIRST:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added after
        except ValueError:
            continue
    return None


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def text_of(value: Any) -> str:
    """A cell as text; a whole number that a spreadsheet keeps as 12.0 is 12."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value).strip()


def _plain(value: Any) -> Any:
    """A value of a field that is declared nowhere, as JSON can hold it."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [check_value(OwnField(), one) for one in value]
    if isinstance(value, Mapping):
        raise BadValue("it holds several values; name one with a dot, such as address.city")
    return check_value(OwnField(), value)


def _email(text: str) -> str:
    if not email_key(text) or len(text) > 254 or any(sign.isspace() for sign in text):
        raise BadValue("it is no e-mail address")
    local, _, domain = text.rpartition("@")
    if not local or "." not in domain.strip("."):
        raise BadValue("it is no e-mail address")
    return text.lower()


def _phone(text: str) -> str:
    number = normalise_phone(text)
    if number is None:
        raise BadValue("there is no such phone number")
    return number


def _cap(text: str) -> str:
    cap = normalise_cap(text)
    if cap is None:
        raise BadValue("it is no CAP: five digits")
    return cap


def _name(text: str) -> str:
    name = display_name(text)
    if not name or len(name) > 80:
        raise BadValue("it is no name")
    return name


def _tax_code(text: str) -> str:
    code = normalise_tax_code(text)
    if code is None:
        raise BadValue("it is no valid codice fiscale")
    return code


def _language(text: str) -> str:
    if not (len(text) >= 2 and text[:2].isascii() and text[:2].isalpha()):
        raise BadValue("it is no language; use a code such as it or en")
    return text[:2].lower()


OWN_FORMS: Mapping[str, Callable[[str], str]] = {
    "email": _email,
    "phone": _phone,
    "cap": _cap,
    "given_name": _name,
    "family_name": _name,
    "codice_fiscale": _tax_code,
    "language": _language,
}
