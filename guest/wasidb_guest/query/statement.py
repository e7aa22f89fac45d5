"""Select statements: what can be asked, and its JSON.

    {"from": "flights", "as": "f",                   what the table is called here; absent: its name
     "joins": [{"join_type": "Inner", "table": "airlines",
                "left_column": "carrier", "right_column": "carrier"},
               {"join_type": "Semi", "table": "delays", "as": "d", "where": FILTER,
                "left_column": ["day", "id"], "right_column": ["day", "flight"]}],
     "where": FILTER,                                see filter_json
     "distinct_by": ["origin"],                      the first row of each combination
     "group_by": ["airlines.name"],
     "aggregates": [{"function": "avg", "column": "dep_delay", "as": "mean_delay"},
                    {"function": "quantile", "q": 0.9, "column": "air_time", "as": "long"},
                    {"function": "count", "as": "n"}],
     "having": FILTER,                               over group_by columns and the names given
     "columns": ["airlines.name"],                   absent: all; with groups: those of group_by
     "distinct": true,                               the first of equal rows of the result
     "order_by": [{"column": "mean_delay", "direction": "desc", "nulls": "last"}],
     "limit": 10, "offset": 0,
     "include": [INCLUDE],                           see relations
     "limits": {"seconds": 2.5, "rows": 100000}}     see limits

Only `from` is required. The keys take effect in the order in which they stand here. Without
`order_by` rows come in the order in which they are stored, groups in the order of their first rows.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.filter_json import filter_from_json
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.limits import limits_from_json
from wasidb_guest.transactions.options import StatementLimits

U64_MAX = (1 << 64) - 1
FRACTION_DIGITS_MAX = 18
INCLUDE_DEPTH_MAX = 8

JoinKind = Literal["Inner", "Left", "Right", "Full", "Semi", "Anti"]
Function = Literal[
    "count", "count_distinct", "sum", "avg", "min", "max", "first", "last", "median", "quantile",
    "stddev", "variance",
]  # fmt: skip
NullOrder = Literal["lowest", "by_type"]

JOIN_KINDS: dict[str, JoinKind] = {kind: kind for kind in get_args(JoinKind)}
FUNCTIONS: dict[str, Function] = {function: function for function in get_args(Function)}
DIRECTIONS = {"asc": False, "desc": True}
NULL_PLACES = {"first": True, "last": False}


@dataclass(frozen=True, slots=True)
class Join:
    """An equality join on one or more pairs of columns.

    A bare left column is the FROM table's, a right one the joined table's. `where` chooses among
    the rows of that table before they are joined. A Semi join keeps the rows that have a partner,
    an Anti join those that have none; neither has columns of its own."""

    kind: JoinKind
    table: str
    left_columns: tuple[str, ...]
    right_columns: tuple[str, ...]
    name: str = ""
    where: Filter | None = None

    @property
    def table_name(self) -> str:
        """What the columns of the joined table are qualified with."""
        return self.name or self.table

    @property
    def adds_columns(self) -> bool:
        return self.kind not in ("Semi", "Anti")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of a group. `column` is None for a count of rows.

    `fraction` is the one of a quantile: 0 asks for the least value, 1 for the greatest."""

    function: Function
    column: str | None
    name: str
    fraction: Decimal | None = None

    def __str__(self) -> str:
        fraction = "" if self.fraction is None else f", {self.fraction}"
        return f"{self.function}({self.column or ''}{fraction})"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A column of the result to order by. `nulls_first` is None for where NULL ranks by itself."""

    column: str
    is_descending: bool = False
    nulls_first: bool | None = None

    def __str__(self) -> str:
        direction = " descending" if self.is_descending else ""
        nulls = (
            "" if self.nulls_first is None else f" nulls {'first' if self.nulls_first else 'last'}"
        )
        return f"{self.column}{direction}{nulls}"


@dataclass(frozen=True, slots=True)
class Include:
    """Related rows, nested in each row of the result as its column `name`.

    With `table` None these are the row that the foreign key `column` points at; otherwise the rows
    of `table` whose foreign key `column` points here."""

    table: str | None
    column: str
    name: str
    columns: tuple[str, ...] | None = None
    where: Filter | None = None
    order_by: tuple[OrderKey, ...] = ()
    include: tuple["Include", ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """A select statement; the FROM table goes by `name`, if that is given.

    `columns` is None for all. `aggregates` is None for a select of rows as they are; an empty tuple
    still groups. `null_order` says where NULL goes among ordered values: below them all, or where
    the Rust engine ranks it, above types with a tag below NULL's and below the others."""

    table: str
    name: str = ""
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
    include: tuple[Include, ...] = ()
    limits: StatementLimits | None = None

    @property
    def table_name(self) -> str:
        """What the columns of the FROM table are qualified with."""
        return self.name or self.table

    @property
    def row_limit(self) -> int | None:
        """How many rows are enough, those before `offset` included; None for all."""
        return None if self.limit is None else self.offset + self.limit


def parse_select(text: str) -> Select:
    """The statement a JSON text says; InvalidQuery names the place of what is wrong with it."""
    return select_from_json(JsonInput.load(text, "select"))


def select_from_json(source: JsonInput) -> Select:
    """The statement at this place of a JSON document."""
    keys = source.members(("from",), OPTIONAL_KEYS)
    group_by = _names(keys.get("group_by"))
    aggregates = tuple(map(_aggregate, keys["aggregates"].items())) if "aggregates" in keys else ()
    is_grouped = bool(group_by or aggregates)
    if "having" in keys and not is_grouped:
        raise InvalidQuery(
            "having needs group_by or aggregates: use where for rows", place="having"
        )
    if "include" in keys and is_grouped:
        raise InvalidQuery("groups include no related rows", place="include")
    return Select(
        table=keys["from"].text(),
        name=_name(keys["as"]) if "as" in keys else "",
        columns=_columns(keys["columns"]) if "columns" in keys else None,
        joins=tuple(map(join_from_json, keys["joins"].items())) if "joins" in keys else (),
        where=filter_from_json(keys["where"]) if "where" in keys else None,
        distinct_by=_names(keys.get("distinct_by")),
        group_by=group_by,
        aggregates=aggregates if is_grouped else None,
        having=filter_from_json(keys["having"]) if "having" in keys else None,
        is_distinct="distinct" in keys and keys["distinct"].boolean(),
        order_by=order_from_json(keys.get("order_by")),
        limit=keys["limit"].integer(0, U64_MAX) if "limit" in keys else None,
        offset=keys["offset"].integer(0, U64_MAX) if "offset" in keys else 0,
        include=_includes(keys.get("include"), 1),
        limits=limits_from_json(keys["limits"]) if "limits" in keys else None,
    )


OPTIONAL_KEYS = (
    "as", "columns", "joins", "where", "distinct_by", "group_by", "aggregates", "having",
    "distinct", "order_by", "limit", "offset", "include", "limits",
)  # fmt: skip


def join_from_json(source: JsonInput) -> Join:
    """The join at this place of a JSON document."""
    members = source.members(JOIN_KEYS, ("as", "where"))
    left, right = _key_columns(members["left_column"]), _key_columns(members["right_column"])
    if len(left) != len(right):
        raise members["right_column"].refused(f"as many columns as left_column has, {len(left)}")
    return Join(
        members["join_type"].choice(JOIN_KINDS),
        members["table"].text(),
        left,
        right,
        _name(members["as"]) if "as" in members else "",
        filter_from_json(members["where"]) if "where" in members else None,
    )


JOIN_KEYS = ("join_type", "table", "left_column", "right_column")


def _key_columns(source: JsonInput) -> tuple[str, ...]:
    """A column, or several in an array."""
    if isinstance(source.value, str):
        return (source.value,)
    if not isinstance(source.value, list) or not source.value:
        raise source.refused("a column or an array of columns")
    return source.texts()


def _name(source: JsonInput) -> str:
    if not source.text():
        raise source.refused("a name")
    return source.text()


def _columns(source: JsonInput) -> tuple[str, ...]:
    names = _names(source)
    if len(set(names)) < len(names):
        raise source.refused("different columns")
    return names


def _names(source: JsonInput | None) -> tuple[str, ...]:
    return () if source is None else source.texts()


def _aggregate(source: JsonInput) -> Aggregate:
    members = source.members(("function", "as"), ("column", "q"))
    function = members["function"].choice(FUNCTIONS)
    if function != "count" and "column" not in members:
        raise source.refused(f"a column to take the {function} of")
    if (function == "quantile") != ("q" in members):
        raise source.refused("the key 'q' with a quantile, and only there")
    column = members["column"].text() if "column" in members else None
    fraction = _fraction(members["q"]) if "q" in members else None
    return Aggregate(function, column, members["as"].text(), fraction)


def _fraction(source: JsonInput) -> Decimal:
    """A number from 0 to 1, written with so few digits that computing with it exactly is cheap."""
    value = source.value
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or not 0 <= value <= 1:
        raise source.refused("a number from 0 to 1")
    fraction = Decimal(value)
    exponent = fraction.as_tuple().exponent
    if not isinstance(exponent, int) or not -FRACTION_DIGITS_MAX <= exponent <= 0:
        raise source.refused(f"a number with at most {FRACTION_DIGITS_MAX} digits behind the point")
    return fraction


def order_from_json(source: JsonInput | None) -> tuple[OrderKey, ...]:
    return () if source is None else tuple(map(_order_key, source.items()))


def _includes(source: JsonInput | None, depth: int) -> tuple[Include, ...]:
    """The related rows asked for, `depth` tables away."""
    if source is None:
        return ()
    if depth > INCLUDE_DEPTH_MAX:
        raise source.refused(f"includes nested at most {INCLUDE_DEPTH_MAX} deep")
    return tuple(_include(each, depth) for each in source.items())


def _include(source: JsonInput, depth: int) -> Include:
    is_many = isinstance(source.value, dict) and "many" in source.value
    members = source.members(*(MANY_KEYS if is_many else ONE_KEYS))
    return Include(
        members["many"].text() if is_many else None,
        members["by" if is_many else "one"].text(),
        _name(members["as"]),
        _columns(members["columns"]) if "columns" in members else None,
        filter_from_json(members["where"]) if "where" in members else None,
        order_from_json(members.get("order_by")),
        _includes(members.get("include"), depth + 1),
    )


ONE_KEYS = ("one", "as"), ("columns", "include")
MANY_KEYS = ("many", "by", "as"), ("columns", "where", "order_by", "include")


def _order_key(source: JsonInput) -> OrderKey:
    members = source.members(("column",), ("direction", "nulls"))
    is_descending = "direction" in members and members["direction"].choice(DIRECTIONS)
    nulls_first = members["nulls"].choice(NULL_PLACES) if "nulls" in members else None
    return OrderKey(members["column"].text(), is_descending, nulls_first)
