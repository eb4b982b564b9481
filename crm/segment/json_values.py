"""Reads JSON values inside SQL, on SQLite and PostgreSQL; null where the type is another."""

from typing import Any

from sqlalchemy import Boolean, Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class JsonText(FunctionElement[str]):
    """A text."""

    type = String()
    inherit_cache = True


class JsonNumber(FunctionElement[float]):
    """A number."""

    type = Float()
    inherit_cache = True


class JsonTruth(FunctionElement[str]):
    """The word `true` or `false`."""

    type = String()
    inherit_cache = True


class JsonHas(FunctionElement[bool]):
    """Whether a list has a text as an entry."""

    type = Boolean()
    inherit_cache = True


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


@compiles(JsonText, "sqlite")
def _(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    return f"CASE WHEN json_type({value}) = 'text' THEN json_extract({value}, '$') END"


@compiles(JsonText, "postgresql")
def _(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    return f"CASE WHEN jsonb_typeof({value}) = 'string' THEN ({value}) #>> '{{}}' END"


@compiles(JsonNumber, "sqlite")
def _(element: JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    is_number = f"json_type({value}) IN ('integer', 'real')"
    return f"CASE WHEN {is_number} THEN json_extract({value}, '$') END"


@compiles(JsonNumber, "postgresql")
def _(element: JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    number = f"CAST(({value}) #>> '{{}}' AS DOUBLE PRECISION)"
    return f"CASE WHEN jsonb_typeof({value}) = 'number' THEN {number} END"


@compiles(JsonTruth, "sqlite")
def _(element: JsonTruth, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    return f"json_type({value})"


@compiles(JsonTruth, "postgresql")
def _(element: JsonTruth, compiler: SQLCompiler, **options: Any) -> str:
    [value] = _parts(element, compiler, **options)
    return f"CASE WHEN jsonb_typeof({value}) = 'boolean' THEN ({value}) #>> '{{}}' END"


@compiles(JsonHas, "sqlite")
def _(element: JsonHas, compiler: SQLCompiler, **options: Any) -> str:
    value, wanted = _parts(element, compiler, **options)
    entries = f"SELECT 1 FROM json_each({value}) AS entry WHERE entry.value = {wanted}"  # noqa: S608 - bound
    return f"(json_type({value}) = 'array' AND EXISTS ({entries}))"


@compiles(JsonHas, "postgresql")
def _(element: JsonHas, compiler: SQLCompiler, **options: Any) -> str:
    value, wanted = _parts(element, compiler, **options)
    is_list = f"jsonb_typeof({value}) = 'array'"
    return f"({is_list} AND ({value}) @> to_jsonb(CAST({wanted} AS TEXT)))"
