"""Select statements: what can be asked, and its JSON.

    {"from": "flights",
     "joins": [{"join_type": "Inner", "table": "airlines",
                "left_column": "carrier", "right_column": "carrier"}],
     "where": FILTER,                                see filter_json
     "distinct_by": ["origin"],                      the first row of each combination
     "group_by": ["airlines.name"],
     "aggregates": [{"function": "avg", "column": "dep_delay", "as": "mean_delay"},
                    {"function": "count", "as": "n"}],
     "having": FILTER,                               over group_by columns and the names given
     "columns": ["airlines.name"],                   absent: all; with groups: those of group_by
     "distinct": true,                               the first of equal rows of the result
     "order_by": [{"column": "mean_delay", "direction": "desc"}],
     "limit": 10, "offset": 0}

Only `from` is required. The keys take effect in the order in which they stand here. Without
`order_by` rows come in the order in which they are stored, groups in the order of their first rows.
"""

from dataclasses import dataclass
from typing import Literal

from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.filter_json import filter_from_json
from wasidb_guest.query.json_input import JsonInput

U64_MAX = (1 << 64) - 1

JoinKind = Literal["Inner", "Left", "Right", "Full"]
Function = Literal["count", "sum", "avg", "min", "max"]
NullOrder = Literal["lowest", "by_type"]

JOIN_KINDS: dict[str, JoinKind] = {
    "Inner": "Inner", "Left": "Left", "Right": "Right", "Full": "Full",
}  # fmt: skip
FUNCTIONS: dict[str, Function] = {
    "count": "count", "sum": "sum", "avg": "avg", "min": "min", "max": "max",
}  # fmt: skip
DIRECTIONS = {"asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Join:
    """An equality join. A bare left column is the FROM table's, a right one the joined table's."""

    kind: JoinKind
    table: str
    left_column: str
    right_column: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of a group. `column` is None for a count of rows."""

    function: Function
    column: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.function}({self.column or ''})"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A column of the result to order by."""

    column: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A select statement.

    `columns` is None for all. `aggregates` is None for a select of rows as they are; an empty tuple
    still groups. `null_order` says where NULL goes among ordered values: below them all, or where
    the Rust engine ranks it, above types with a tag below NULL's and below the others."""

    table: str
    columns: tuple[str, ...] | None = None
    joins: tuple[Join, ...] = ()
    where: Filter | None = None
    distinct_by: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] | None = None
    having: Filter | None = None
    is_distinct: bool = False
    order_by: tuple[OrderKey, ...] = ()
    limit: int | None = None
    offset: int = 0
    null_order: NullOrder = "lowest"


def parse_select(text: str) -> Select:
    """The statement a JSON text says; InvalidQuery names the place of what is wrong with it."""
    source = JsonInput.load(text, "select")
    keys = source.members(("from",), OPTIONAL_KEYS)
    group_by = _names(keys.get("group_by"))
    aggregates = tuple(map(_aggregate, keys["aggregates"].items())) if "aggregates" in keys else ()
    is_grouped = bool(group_by or aggregates)
    if "having" in keys and not is_grouped:
        raise InvalidQuery(
            "having needs group_by or aggregates: use where for rows", place="having"
        )
    return Select(
        table=keys["from"].text(),
        columns=_columns(keys["columns"]) if "columns" in keys else None,
        joins=tuple(map(join_from_json, keys["joins"].items())) if "joins" in keys else (),
        where=filter_from_json(keys["where"]) if "where" in keys else None,
        distinct_by=_names(keys.get("distinct_by")),
        group_by=group_by,
        aggregates=aggregates if is_grouped else None,
        having=filter_from_json(keys["having"]) if "having" in keys else None,
        is_distinct="distinct" in keys and keys["distinct"].boolean(),
        order_by=tuple(map(_order_key, keys["order_by"].items())) if "order_by" in keys else (),
        limit=keys["limit"].integer(0, U64_MAX) if "limit" in keys else None,
        offset=keys["offset"].integer(0, U64_MAX) if "offset" in keys else 0,
    )


OPTIONAL_KEYS = (
    "columns", "joins", "where", "distinct_by", "group_by", "aggregates", "having", "distinct",
    "order_by", "limit", "offset",
)  # fmt: skip


def join_from_json(source: JsonInput) -> Join:
    """The join at this place of a JSON document."""
    members = source.members(("join_type", "table", "left_column", "right_column"))
    return Join(
        members["join_type"].choice(JOIN_KINDS),
        members["table"].text(),
        members["left_column"].text(),
        members["right_column"].text(),
    )


def _columns(source: JsonInput) -> tuple[str, ...]:
    names = _names(source)
    if len(set(names)) < len(names):
        raise source.refused("different columns")
    return names


def _names(source: JsonInput | None) -> tuple[str, ...]:
    return () if source is None else source.texts()


def _aggregate(source: JsonInput) -> Aggregate:
    members = source.members(("function", "as"), ("column",))
    function = members["function"].choice(FUNCTIONS)
    if function != "count" and "column" not in members:
        raise source.refused(f"a column to take the {function} of")
    column = members["column"].text() if "column" in members else None
    return Aggregate(function, column, members["as"].text())


def _order_key(source: JsonInput) -> OrderKey:
    members = source.members(("column",), ("direction",))
    is_descending = "direction" in members and members["direction"].choice(DIRECTIONS)
    return OrderKey(members["column"].text(), is_descending)
