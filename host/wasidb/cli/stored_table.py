"""The tables of a file as questions name them, whatever models somebody has written for them.

flights.dep_delay > 30        Comparison("Gt", Column("flights", "dep_delay", CODECS["int16"]), 30)
"""

import difflib
from typing import Any

from wasidb.aliases import Alias
from wasidb.errors import UnknownColumn
from wasidb.outline import Outline
from wasidb.query import Select
from wasidb.session import Session
from wasidb_schema import Column, TableDefinition


class StoredTable:
    """A table of a file, as far as a question needs a model: its name and its columns."""

    def __init__(self, definition: TableDefinition) -> None:
        self.__table__ = definition
        self.__columns__ = {
            column.name: Column(definition.name, column.name, column.codec)
            for column in definition.columns
        }

    def everything(self) -> Select[Any]:
        """The question for all rows."""
        return Select(Outline(self.__table__.name, outputs=tuple(self.__columns__.values())))


def stored_tables(session: Session) -> dict[str, StoredTable]:
    """The tables of a file, by name."""
    return {definition.name: StoredTable(definition) for definition in session.tables()}


def column_of(table: StoredTable | Alias, name: str) -> Column:
    """The column of that name; UnknownColumn when there is none."""
    source = table.__source__ if isinstance(table, Alias) else table.__table__.name
    try:
        return table.__columns__[name]
    except KeyError:
        close = difflib.get_close_matches(name, table.__columns__, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        message = f"table {source!r} has no column {name!r}{hint}"
        raise UnknownColumn(message, table=source, column=name) from None
