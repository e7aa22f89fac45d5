"""What a migration makes of rows, said again as simply as can be: a row is a list, and columns are
followed by their names.

`Impossible` says that it makes nothing of them, and why. It is raised for the definitions alone, or
for the rows there are; the engine may have found another reason, if there is more than one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from tests.support.random_schemas import Column, Definition, column_of

Rows: TypeAlias = list[list[Any]]

INTEGERS = {
    "int16": (-(2**15), 2**15 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint64": (0, 2**64 - 1),
}
INTEGER = re.compile("0|-?[1-9][0-9]*")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Impossible(Exception):
    """The migration must be refused."""


def migrated(
    stored: Sequence[Definition], rows: Mapping[str, Rows], wanted: Sequence[Definition]
) -> dict[str, Rows]:
    """The rows of each wanted table. Raises Impossible."""
    origins = {table["name"]: origin_of(table, stored) for table in wanted}
    made = {}
    for table in wanted:
        name, origin = table["name"], origins[table["name"]]
        before = [] if origin is None else rows[origin["name"]]
        made[name] = [[] for _ in before]
        for column in table["columns"]:
            for row, cell in zip(made[name], cells(column, origin, before), strict=True):
                row.append(cell)
    for table in wanted:
        check_rules(table, made[table["name"]])
        check_references(table, wanted, made)
    return made


def origin_of(named: Definition | Column, stored: Sequence[Any]) -> Any:
    """The stored table or column that becomes this one, or None."""
    names = [named["name"], *named.get("renamed_from", [])]
    return next((each for each in stored if each["name"] in names), None)


def is_lossy(stored: Sequence[Definition], wanted: Sequence[Definition]) -> bool:
    """Whether a table or column is dropped."""
    origins = [origin_of(table, stored) for table in wanted]
    if any(table not in origins for table in stored):
        return True
    return any(
        column not in [origin_of(each, origin["columns"]) for each in table["columns"]]
        for table, origin in zip(wanted, origins, strict=True)
        if origin is not None
        for column in origin["columns"]
    )


def cells(column: Column, table: Definition | None, rows: Rows) -> list[Any]:
    """What a wanted column holds."""
    if table is None:
        return []
    old = origin_of(column, table["columns"])
    if old is None:
        if "default" not in column and not column.get("nullable"):
            raise Impossible(f"{column['name']} has no value")
        return [column.get("default")] * len(rows)
    at = table["columns"].index(old)
    if old["type"] == column["type"]:
        return [row[at] for row in rows]
    conversion = CONVERSIONS.get((family(old["type"]), family(column["type"])))
    if conversion is None:
        raise Impossible(f"nothing makes {column['type']} from {old['type']}")
    return [None if row[at] is None else conversion(row[at], column["type"]) for row in rows]


def family(type: str) -> str:
    return "integer" if type in INTEGERS else type


def whole(number: int, type: str) -> int:
    low, high = INTEGERS[type]
    if not low <= number <= high:
        raise Impossible(f"{number} is no {type}")
    return number


def matching(pattern: re.Pattern[str]) -> Callable[[str, str], str]:
    def convert(text: str, type: str) -> str:
        if not pattern.fullmatch(text):
            raise Impossible(f"{text} is no {type}")
        return text

    return convert


def whole_of_text(text: str, type: str) -> int:
    return whole(int(matching(INTEGER)(text, type)), type)


def boolean_of_text(text: str, type: str) -> bool:
    return matching(re.compile("true|false"))(text, type) == "true"


CONVERSIONS: dict[tuple[str, str], Callable[[Any, str], Any]] = {
    ("integer", "integer"): whole,
    ("integer", "decimal"): lambda number, _: str(number),
    ("integer", "text"): lambda number, _: str(number),
    ("boolean", "integer"): lambda flag, _: int(flag),
    ("boolean", "text"): lambda flag, _: "true" if flag else "false",
    ("decimal", "text"): lambda text, _: text,
    ("date", "text"): lambda text, _: text,
    ("text", "integer"): whole_of_text,
    ("text", "boolean"): boolean_of_text,
    ("text", "decimal"): matching(DECIMAL),
    ("text", "date"): matching(DATE),
}


def check_rules(table: Definition, rows: Rows) -> None:
    """Raise Impossible for a NULL or a value that comes twice where there may be none."""
    for at, column in enumerate(table["columns"]):
        values = [row[at] for row in rows]
        is_key = column["name"] == table["primary_key"]
        if None in values and not column.get("nullable"):
            raise Impossible(f"{column['name']} has a NULL")
        if is_key or column.get("unique"):
            present = [comparable(column, value) for value in values if value is not None]
            if len(set(present)) < len(present):
                raise Impossible(f"{column['name']} has a value twice")


def check_references(
    table: Definition, wanted: Sequence[Definition], rows: Mapping[str, Rows]
) -> None:
    """Raise Impossible for a foreign key that has no place, or no row, to point at."""
    for at, column in enumerate(table["columns"]):
        key = column.get("references")
        if key is None:
            continue
        target = next((each for each in wanted if each["name"] == key["table"]), None)
        if target is None:
            raise Impossible(f"{key['table']} is gone")
        names = [each["name"] for each in target["columns"]]
        is_there = key["column"] in names
        if not is_there or column_of(target, key["column"])["type"] != column["type"]:
            raise Impossible(f"{key['column']} is gone, or has another type")
        if key["column"] != target["primary_key"] and not column_of(target, key["column"]).get(
            "unique"
        ):
            raise Impossible(f"{key['column']} is not unique")
        there = {
            comparable(column, row[names.index(key["column"])]) for row in rows[target["name"]]
        }
        for row in rows[table["name"]]:
            if row[at] is not None and comparable(column, row[at]) not in there:
                raise Impossible(f"{row[at]} is not there")


def comparable(column: Column, value: Any) -> Any:
    """Equal for values that are equal in the column."""
    return Decimal(value) if column["type"] == "decimal" and value is not None else value
