"""Plans: what to do, in which order, as a tree that prints itself.

    Project carrier, mean_delay
      Slice offset 0, limit 10
        Sort mean_delay descending, first 10 rows
          Aggregate by carrier: avg(dep_delay) as mean_delay
            Scan flights [carrier, dep_delay, dest], index (dest) = 'LAX', where dest = 'LAX'

Each node works on the batch its input gives; a position is that of a column in that batch. Texts
are for the reader: what is executed is the predicate beside the filter, the position beside the
name."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from wasidb_guest.encoding.cells import Cell
from wasidb_guest.query.aggregates import BoundAggregate
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.predicates import Predicate
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.statement import JoinKind

Side: TypeAlias = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Range:
    """The entries of an index between two bounds, as `source.IndexSource` takes them."""

    low: tuple[Cell, ...] | None
    high: tuple[Cell, ...] | None
    low_inclusive: bool = True
    high_inclusive: bool = True

    @classmethod
    def equal(cls, cells: tuple[Cell, ...]) -> "Range":
        """The entries whose first columns are these cells."""
        return cls(cells, cells)

    def __str__(self) -> str:
        if self == Range.equal(self.low or ()):
            return f"= {_listed(self.low)}" if self.low else ""
        low = (
            "" if self.low is None else f"{'>=' if self.low_inclusive else '>'} {_listed(self.low)}"
        )
        high = (
            ""
            if self.high is None
            else f"{'<=' if self.high_inclusive else '<'} {_listed(self.high)}"
        )
        return " ".join(filter(None, (low, high)))


@dataclass(frozen=True, slots=True)
class IndexAccess:
    """Look-ups in the index at a place in the table's list, whose results are taken together."""

    index: int
    columns: tuple[str, ...]
    probes: tuple[Range, ...]

    def __str__(self) -> str:
        return f"index ({', '.join(self.columns)}) {' or '.join(map(str, self.probes))}"


@dataclass(frozen=True, slots=True)
class IndexWalk:
    """Ways through an index, each of one probe after the other, on which rows come in order of the
    first `sorted_keys` keys of an ordering."""

    index: int
    columns: tuple[str, ...]
    ways: tuple[tuple[Range, ...], ...]
    is_descending: bool
    sorted_keys: int

    def __str__(self) -> str:
        # Two probes are the rows with NULL and those without.
        bounds = " or ".join(str(way[0]) for way in self.ways if len(way) == 1)
        direction = "descending" if self.is_descending else ""
        columns = f"({', '.join(self.columns)})"
        return " ".join(filter(None, ("along index", columns, bounds, direction)))


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of a table for which the filter is true, at most `row_limit` of them.

    `name` is what the statement calls the table. Of a table read by indexes only the rows that any
    of `access` finds are looked at."""

    table: str
    name: str
    columns: tuple[int, ...]
    names: tuple[str, ...]
    where: Filter | None
    predicate: Predicate | None
    access: tuple[IndexAccess, ...]
    row_limit: int | None

    def __str__(self) -> str:
        renamed = f" as {self.name}" if self.name != self.table else ""
        parts = [f"Scan {self.table}{renamed} [{', '.join(self.names)}]"]
        if self.access:
            parts.append(" or ".join(map(str, self.access)))
        if self.where is not None:
            parts.append(f"where {self.where}")
        if self.row_limit is not None:
            parts.append(f"at most {self.row_limit} rows")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class CountRows:
    """The number of rows of a scan, under each of these names: that of all rows of its table, or of
    those that its look-ups find. Nothing is scanned."""

    scan: Scan
    names: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"CountRows {self.scan.table} as {', '.join(self.names)}"]
        return ", ".join([*parts, *map(str, self.scan.access)])


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first `count` rows of a scan in an order, with these columns of the table.

    The scan has only the columns that the order and the filter need. `walk` leads to rows in the
    order, or in that of its first keys."""

    scan: Scan
    keys: tuple[SortKey, ...]
    order: str
    count: int
    walk: IndexWalk | None
    columns: tuple[int, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        walk = "" if self.walk is None else f", {self.walk}"
        return f"FirstRows {self.count} by {self.order}{walk} [{', '.join(self.names)}]"


@dataclass(frozen=True, slots=True)
class HashJoin:
    """Rows of either side that have equal values at these positions.

    The right side is kept, the rows of the left one find their partners there. `rows` is about how
    many there will be."""

    left: "Plan"
    right: "Plan"
    kind: JoinKind
    left_positions: tuple[int, ...]
    right_positions: tuple[int, ...]
    condition: str
    rows: int

    def __str__(self) -> str:
        return f"{self.kind}Join {self.condition}"


@dataclass(frozen=True, slots=True)
class IndexJoin:
    """A join that reads of one side, `looked_up`, which is a scan, only the rows that have partners
    among the few rows of the other.

    They are found by the index at a place in that table's list, by its first `columns`; `keys` are
    the positions of the values of these on the other side."""

    join: HashJoin
    looked_up: Side
    index: int
    columns: tuple[str, ...]
    keys: tuple[int, ...]

    @property
    def scan(self) -> Scan:
        """What is read by look-ups."""
        scan = self.join.right if self.looked_up == "right" else self.join.left
        assert isinstance(scan, Scan), "only tables have indexes"
        return scan

    @property
    def other(self) -> "Plan":
        """What gives the keys."""
        return self.join.left if self.looked_up == "right" else self.join.right

    def __str__(self) -> str:
        index = f"look up {self.scan.name} by index ({', '.join(self.columns)})"
        return f"{self.join.kind}Join {self.join.condition}, {index}"


@dataclass(frozen=True, slots=True)
class Choose:
    """The rows for which the filter is true."""

    input: "Plan"
    where: Filter
    predicate: Predicate

    def __str__(self) -> str:
        return f"Filter {self.where}"


@dataclass(frozen=True, slots=True)
class Distinct:
    """The first row of each combination of values."""

    input: "Plan"
    positions: tuple[int, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"Distinct by {', '.join(self.names)}"


@dataclass(frozen=True, slots=True)
class AggregateGroups:
    """A row for each group: its keys, then the results of the functions."""

    input: "Plan"
    group_by: tuple[int, ...]
    functions: tuple[BoundAggregate, ...]
    names: tuple[str, ...]
    calls: tuple[str, ...]

    def __str__(self) -> str:
        by = f" by {', '.join(self.names)}" if self.names else ""
        return f"Aggregate{by}: {', '.join(self.calls)}"


@dataclass(frozen=True, slots=True)
class Sort:
    """The rows in order, at most the first `row_limit` of them."""

    input: "Plan"
    keys: tuple[SortKey, ...]
    order: str
    row_limit: int | None

    def __str__(self) -> str:
        first = "" if self.row_limit is None else f", first {self.row_limit} rows"
        return f"Sort {self.order}{first}"


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows from `offset` on, at most `limit` of them."""

    input: "Plan"
    offset: int
    limit: int | None

    def __str__(self) -> str:
        limit = "" if self.limit is None else f", limit {self.limit}"
        return f"Slice offset {self.offset}{limit}"


@dataclass(frozen=True, slots=True)
class Relation:
    """Related rows of another table, to be nested: those whose column at `partner` equals the one
    at `key` of the rows they belong to.

    `index` is the place of an index of that table that finds them. `outputs` are the columns given,
    with the names they have; what `relations` give follows."""

    name: str
    is_many: bool
    key: int
    partner: int
    scan: Scan
    index: int | None
    keys: tuple[SortKey, ...]
    outputs: tuple[tuple[str, int], ...]
    relations: tuple["Relation", ...]
    condition: str
    order: str

    def __str__(self) -> str:
        order = f", sort {self.order}" if self.order else ""
        look_up = "" if self.index is None else ", by index"
        return f"{'Many' if self.is_many else 'One'} {self.name}: {self.condition}{look_up}{order}"


@dataclass(frozen=True, slots=True)
class Include:
    """The rows, each with its related ones in further columns."""

    input: "Plan"
    relations: tuple[Relation, ...]

    def __str__(self) -> str:
        return f"Include {', '.join(each.name for each in self.relations)}"


@dataclass(frozen=True, slots=True)
class Project:
    """These columns, under these names."""

    input: "Plan"
    positions: tuple[int, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"Project {', '.join(self.names)}"


Plan: TypeAlias = (
    CountRows
    | Scan
    | FirstRows
    | HashJoin
    | IndexJoin
    | Choose
    | Distinct
    | AggregateGroups
    | Sort
    | Slice
    | Include
    | Project
)


def inputs(node: Plan | Relation) -> tuple[Plan | Relation, ...]:
    """The nodes whose rows a node works on."""
    match node:
        case CountRows() | Scan():
            return ()
        case FirstRows():
            return (node.scan,)
        case HashJoin(left, right) | IndexJoin(HashJoin(left, right)):
            return (left, right)
        case Include():
            return (node.input, *node.relations)
        case Relation():
            return (node.scan, *node.relations)
        case _:
            return (node.input,)


def explain(node: Plan | Relation, depth: int = 0) -> str:
    """The plan as text, a line for each node, inputs indented below."""
    lines = ["  " * depth + str(node), *(explain(each, depth + 1) for each in inputs(node))]
    return "\n".join(lines)


def _listed(cells: tuple[Cell, ...]) -> str:
    return ", ".join("null" if cell is None else repr(cell) for cell in cells)
