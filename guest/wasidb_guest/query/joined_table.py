"""A table in a statement with joins: how it is read, what must be equal, and guesses at how many
rows that gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from wasidb_guest.query import plan
from wasidb_guest.query.access_path import is_indexable
from wasidb_guest.query.scope import ScopeColumn
from wasidb_guest.query.selectivity import scan_rows
from wasidb_guest.query.source import TableSource
from wasidb_guest.query.statement import JoinKind
from wasidb_guest.query.statistics import key_count, row_count


@dataclass(frozen=True, slots=True)
class LookUp:
    """An index, by its place, whose first `columns` find rows; for each of these the number of the
    pair of joined columns that it belongs to."""

    index: int
    columns: tuple[str, ...]
    pairs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class TableScan:
    """A scan, the table it reads, and where its columns are among all those of the statement."""

    scan: plan.Scan
    source: TableSource
    positions: tuple[int, ...]

    @cached_property
    def rows(self) -> float:
        """About how many rows it gives."""
        return scan_rows(self.scan, self.source)

    def distinct_count(self, columns: Sequence[ScopeColumn]) -> float:
        """About how many different keys all rows of the table have in these columns; 0 if there is
        no index that tells."""
        names = {each.name for each in columns}
        for index in self.source.indexes:
            if names == set(index.columns[: len(names)]):
                return key_count(index, len(names))
        return row_count(self.source) if is_unique(self.source, columns) else 0

    def look_up(
        self, columns: Sequence[ScopeColumn], values: Sequence[ScopeColumn]
    ) -> LookUp | None:
        """The index that finds rows by most of `columns`, given the values of other columns."""
        pairs = {
            column.name: number
            for number, (column, value) in enumerate(zip(columns, values, strict=True))
            if column.type == value.type and is_indexable(column.type)
        }
        best: LookUp | None = None
        for number, index in enumerate(self.source.indexes):
            width = next(
                (at for at, name in enumerate(index.columns) if name not in pairs),
                len(index.columns),
            )
            if width > (0 if best is None else len(best.columns)):
                known = index.columns[:width]
                best = LookUp(number, known, tuple(map(pairs.__getitem__, known)))
        return best


@dataclass(frozen=True, eq=False)
class JoinedTable:
    """A table to be joined to rows of tables before it.

    `pairs` are the columns that must be equal: one of a table before, and one of `table`. `left` is
    where the first of each pair is among all columns of the statement, `right` where the second is
    in the scan. `partner` is the table before that the first pair belongs to."""

    table: TableScan
    partner: TableScan
    kind: JoinKind
    pairs: tuple[tuple[ScopeColumn, ScopeColumn], ...]
    left: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def condition(self) -> str:
        return " and ".join(f"{left.qualified} = {right.qualified}" for left, right in self.pairs)

    @property
    def left_columns(self) -> list[ScopeColumn]:
        return [left for left, _ in self.pairs]

    @property
    def right_columns(self) -> list[ScopeColumn]:
        return [right for _, right in self.pairs]

    @cached_property
    def gives_one(self) -> bool:
        """Whether each row comes out once at most."""
        return self.kind in ("Semi", "Anti") or is_unique(self.table.source, self.right_columns)

    @cached_property
    def growth(self) -> float:
        """About how many rows there are afterwards for each one before."""
        match self.kind:
            case "Inner" | "Right":
                return self._partner_count
            case "Semi":
                return min(1.0, self._partner_count)
            case "Anti":
                return 1 - min(1.0, self._partner_count)
        return max(1.0, self._partner_count)

    @cached_property
    def _partner_count(self) -> float:
        """About how many partners a row has, if its values are to be found in the table at all."""
        keys = self.table.distinct_count(self.right_columns)
        if keys == 0:
            left = [each for each in self.left_columns if each.table == self.partner.scan.name]
            keys = self.partner.distinct_count(left) or row_count(self.table.source)
        return self.table.rows / max(1, keys)


def is_unique(source: TableSource, columns: Sequence[ScopeColumn]) -> bool:
    """Whether no two rows of a table have the same in these columns, NULL aside."""
    names = {each.name for each in columns if is_indexable(each.type)}
    return any(each.unique and names.issuperset(each.columns) for each in source.indexes)
