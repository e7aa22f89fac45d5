"""Some rows of a file on their way into a table, and the rows that are turned away.

    row of the file       2      3      5        (row 4 was no row of CSV)
    as it came          "1"    "x"    "3"
    as the engine takes   1      -      3        row 3: 'x' is not a whole number ...

A piece is small enough to be stored by one call. Whoever refuses some of its rows, be it the
conversion of cells or the engine, makes it smaller and tells the `Refusal` why.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from wasidb.errors import DbmsError

Rejected: TypeAlias = Callable[[DbmsError, Mapping[str, Any]], None]
"""Is told why a row cannot be stored, and what was in it; `details["row"]` is its number."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows as they go to the engine, as they came, and the number of each."""

    batch: pa.RecordBatch
    given: pa.RecordBatch
    numbers: Sequence[int]

    def slice(self, start: int, stop: int) -> "Piece":
        """The rows from `start` up to `stop`."""
        batch, given = (each.slice(start, stop - start) for each in (self.batch, self.given))
        return Piece(batch, given, self.numbers[start:stop])

    def without(self, rows: Collection[int]) -> "Piece":
        """All but these rows."""
        is_kept = [row not in rows for row in range(len(self.numbers))]
        batch, given = (each.filter(pa.array(is_kept)) for each in (self.batch, self.given))
        kept = [number for number, keep in zip(self.numbers, is_kept, strict=True) if keep]
        return Piece(batch, given, kept)

    def data(self, row: int) -> dict[str, Any]:
        """What the file has in a row."""
        cells: dict[str, Any] = self.given.slice(row, 1).to_pylist()[0]
        return cells


@dataclass(frozen=True, slots=True)
class Refusal:
    """What becomes of rows of the file `path` that cannot be stored: an error, unless somebody
    wants to be told of them.
    """

    path: str
    rejected: Rejected | None = None

    def refuse(self, error: DbmsError, number: int, data: Mapping[str, Any]) -> None:
        """Says which row of the file it was; raises the error when nobody takes the row."""
        told = error.message.replace(f" (row {error.details.get('row')})", "")
        error.restate(f"{self.path}, row {number}: {told}", path=self.path, row=number)
        if self.rejected is None:
            raise error
        self.rejected(error, data)
