"""A table under another name, for joining it to itself.

    boss = alias(Employee, "boss")
    select(Employee.name, boss.name).join(boss, on=Employee.boss == boss.id)

The table a question starts from keeps its name.
"""

from dataclasses import replace

from wasidb.arguments import table_of
from wasidb.errors import UnknownColumn
from wasidb_schema import Column, Table


class Alias:
    """A table that goes by another name; made by `alias`. Its columns are attributes."""

    def __init__(self, table: type[Table], name: str) -> None:
        self.__source__ = table_of(table).name
        self.__alias__ = name
        self.__columns__ = {
            each: replace(column, table=name) for each, column in table.__columns__.items()
        }

    def __getattr__(self, name: str) -> Column:
        column: Column | None = self.__columns__.get(name)
        if column is None:
            message = f"table {self.__source__!r} has no column {name!r}"
            raise UnknownColumn(message, table=self.__source__, column=name)
        return column


def alias(table: type[Table], name: str) -> Alias:
    """The same table under another name."""
    return Alias(table, name)
