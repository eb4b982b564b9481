"""A text within a JSON column as SQL without parameters, fit for the definition of a table."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler


class TextAt(ColumnElement[str]):
    """The text that lies in a column under these names, one in the other; null without one."""

    type = String()
    inherit_cache = False

    def __init__(self, column: str, *names: str) -> None:
        self.column, self.names = column, names


@compiles(TextAt, "sqlite")
def _(element: TextAt, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({element.column}, '$.{'.'.join(element.names)}')"


@compiles(TextAt, "postgresql")
def _(element: TextAt, compiler: SQLCompiler, **options: Any) -> str:
    names = [f"'{name}'" for name in element.names]
    return " -> ".join([element.column, *names[:-1]]) + f" ->> {names[-1]}"
