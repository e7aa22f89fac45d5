"""What one transaction has done: the steps to do it again, and the rows it has touched.

    steps    delete users where id = 7 ──> [Deletion("users", keys [7], cascade)]
    rows     users   keys {7}         images [7, "Ann", ...]          what went, what came
             posts   keys {31, 44}    images [31, 7, ...], [44, 7, ...]

Two transactions meet when one has changed a row, by its primary key, that the other touched as
well. That is answered from footprints, so its cost goes with the rows touched and not with the
tables.

A footprint takes memory until nobody can meet its transaction any more. One that has grown beyond
`SIZE_MAX` bytes of rows is cut to the names of its tables: whoever touches one of them meets it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import stored_cells
from wasidb_guest.encoding.single_row import size_of
from wasidb_guest.tables.changes import DeleteBehavior
from wasidb_guest.tables.integrity import key_at
from wasidb_guest.tables.lone_record import LoneRow
from wasidb_guest.vectors import Batch, Vector

SIZE_MAX = 32 << 20
NO_TABLES: frozenset[str] = frozenset()

Rows: TypeAlias = Sequence[Vector]
"""All columns of some rows of a table, in declaration order."""


@dataclass(slots=True)
class Insertion:
    """These complete rows were inserted."""

    table: str
    rows: Batch


@dataclass(slots=True)
class Update:
    """The rows with these primary keys were given new cells."""

    table: str
    keys: Vector
    changes: Mapping[str, Vector]


@dataclass(slots=True)
class Upsert:
    """These complete rows were put in the place of those with the same primary keys; `inserted` of
    them were new.
    """

    table: str
    rows: Batch
    inserted: int


@dataclass(slots=True)
class Deletion:
    """The rows with these primary keys were deleted."""

    table: str
    keys: Vector
    behavior: DeleteBehavior


@dataclass(frozen=True, slots=True)
class Creation:
    """Tables were created."""

    definitions: tuple[TableDefinition, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """Tables were dropped."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What had been put off until the commit was due."""


Step: TypeAlias = Insertion | Update | Upsert | Deletion | Creation | Removal | Settlement


@dataclass(slots=True)
class TouchedRows:
    """The rows of one table that were touched, all columns: as they were and as they became."""

    table: TableDefinition
    before: list[Rows] = field(default_factory=list)
    after: list[Rows] = field(default_factory=list)

    def images(self) -> Iterator[Batch]:
        """Every row as it was or has become, in batches."""
        return map(self._batch_of, chain(self.before, self.after))

    def _batch_of(self, rows: Rows) -> Batch:
        return Batch(self.table.column_names, rows, rows[0].count)

    def changed_keys(self) -> set[bytes]:
        """The stored primary keys of rows that were there and were changed."""
        return self._keys(map(self._batch_of, self.before))

    def keys(self) -> set[bytes]:
        """The stored primary keys of all rows touched."""
        return self._keys(self.images())

    def key_of(self, stored: bytes) -> object:
        """What the row is known by whose primary key is stored like this."""
        for batch in self.images():
            keys = stored_cells(batch.column(self.table.primary_key))
            if stored in keys:
                known_by = [batch.column(name) for name in self.table.key]
                return key_at(known_by, keys.index(stored))
        raise KeyError(stored)

    def _keys(self, batches: Iterable[Batch]) -> set[bytes]:
        keys = (each.column(self.table.primary_key) for each in batches)
        return set(chain.from_iterable(map(stored_cells, keys)))


@dataclass(frozen=True, slots=True)
class FootprintMark:
    """How far a footprint had come: its steps, and by table the batches before and after; `size`
    in bytes of rows.
    """

    steps: int
    size: int
    batches: Mapping[str, tuple[int, int]]
    redefined: frozenset[str]


class Footprint:
    """What a transaction has done so far. `is_cut` when it was too much to be kept."""

    __slots__ = ("_size", "_size_max", "is_cut", "redefined", "rows", "steps")

    def __init__(self, size_max: int = SIZE_MAX) -> None:
        self.steps: list[Step] = []
        self.rows: dict[str, TouchedRows] = {}
        self.redefined = NO_TABLES
        self.is_cut = False
        self._size = 0
        self._size_max = size_max

    def did(self, step: Step) -> None:
        """Keep a step."""
        match step:
            case Creation(definitions):
                self.redefined |= {definition.name for definition in definitions}
            case Removal(names):
                self.redefined |= set(names)
        if not self.is_cut:
            self.steps.append(step)

    def touched(self, table: TableDefinition, before: Rows | None, after: Rows | None) -> None:
        """Keep rows of a table as they were and as they are."""
        rows = self.rows.get(table.name)
        if rows is None:
            rows = self.rows[table.name] = TouchedRows(table)
        if before is not None:
            self._keep(before, rows.before)
        if after is not None:
            self._keep(after, rows.after)

    def _keep(self, rows: Rows, kept: list[Rows]) -> None:
        """Keep rows among others, and cut the footprint if they are too many."""
        if self.is_cut:
            return
        if isinstance(rows, LoneRow):
            size = size_of(rows.cells)
        else:
            rows = list(rows)
            size = sum([len(vector.data) for vector in rows])
        kept.append(rows)
        self._size += size
        if self._size > self._size_max:
            self.is_cut = True
            self.steps.clear()
            self.rows = {name: TouchedRows(each.table) for name, each in self.rows.items()}

    def mark(self) -> FootprintMark:
        """Where this footprint is, to go back to."""
        batches = {name: (len(rows.before), len(rows.after)) for name, rows in self.rows.items()}
        return FootprintMark(len(self.steps), self._size, batches, self.redefined)

    def go_back(self, mark: FootprintMark) -> None:
        """Forget what came after a mark. A footprint that was cut by then stays cut."""
        del self.steps[mark.steps :]
        for name, rows in list(self.rows.items()):
            if name not in mark.batches:
                del self.rows[name]
                continue
            before, after = mark.batches[name]
            del rows.before[before:]
            del rows.after[after:]
        self.redefined = mark.redefined
        self._size = mark.size
