"""Plans: what to do, in which order, as a tree that prints itself.

    Project carrier, mean_delay
      Slice offset 0, limit 10
        Sort mean_delay descending
          Aggregate by carrier: avg(dep_delay) as mean_delay
            Scan flights [carrier, dep_delay, dest], index (dest) = 'LAX', where dest = 'LAX'

Each node works on the batch its input gives; a position is that of a column in that batch. Texts
are for the reader: what is executed is the predicate beside the filter, the position beside the
name."""

from dataclasses import dataclass
from typing import TypeAlias

from wasidb_guest.encoding.cells import Cell
from wasidb_guest.query.aggregates import BoundAggregate
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.predicates import Predicate
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.statement import JoinKind


@dataclass(frozen=True, slots=True)
class Equal:
    """The entries of an index whose first columns are these cells."""

    cells: tuple[Cell, ...]

    def __str__(self) -> str:
        return f"= {_listed(self.cells)}"


@dataclass(frozen=True, slots=True)
class Range:
    """The entries of an index between two bounds; the last column of the longer one is bounded."""

    low: tuple[Cell, ...] | None
    high: tuple[Cell, ...] | None
    low_inclusive: bool
    high_inclusive: bool

    def __str__(self) -> str:
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
    probes: tuple[Equal | Range, ...]

    def __str__(self) -> str:
        return f"index ({', '.join(self.columns)}) {' or '.join(map(str, self.probes))}"


@dataclass(frozen=True, slots=True)
class CountRows:
    """The number of rows of a table, under each of these names."""

    table: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"CountRows {self.table} as {', '.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of a table for which the filter is true, at most `row_limit` of them."""

    table: str
    columns: tuple[int, ...]
    names: tuple[str, ...]
    where: Filter | None
    predicate: Predicate | None
    access: IndexAccess | None
    row_limit: int | None

    def __str__(self) -> str:
        parts = [f"Scan {self.table} [{', '.join(self.names)}]"]
        if self.access is not None:
            parts.append(str(self.access))
        if self.where is not None:
            parts.append(f"where {self.where}")
        if self.row_limit is not None:
            parts.append(f"at most {self.row_limit} rows")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class HashJoin:
    """Pairs of rows with equal values at these positions of either side."""

    left: "Plan"
    right: "Plan"
    kind: JoinKind
    left_position: int
    right_position: int
    condition: str

    def __str__(self) -> str:
        return f"{self.kind}Join {self.condition}"


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
    """The rows in order."""

    input: "Plan"
    keys: tuple[SortKey, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        keys = zip(self.names, self.keys, strict=True)
        return "Sort " + ", ".join(
            f"{name} descending" if key.is_descending else name for name, key in keys
        )


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
class Project:
    """These columns, under these names."""

    input: "Plan"
    positions: tuple[int, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"Project {', '.join(self.names)}"


Plan: TypeAlias = (
    CountRows | Scan | HashJoin | Choose | Distinct | AggregateGroups | Sort | Slice | Project
)


def explain(plan: Plan, depth: int = 0) -> str:
    """The plan as text, a line for each node, inputs indented below."""
    lines = ["  " * depth + str(plan)]
    match plan:
        case HashJoin(left, right):
            lines += [explain(left, depth + 1), explain(right, depth + 1)]
        case CountRows() | Scan():
            pass
        case _:
            lines.append(explain(plan.input, depth + 1))
    return "\n".join(lines)


def _listed(cells: tuple[Cell, ...]) -> str:
    return ", ".join("null" if cell is None else repr(cell) for cell in cells)
