"""The rules of one column, and its cells going through them as a whole.

    sanitizers  trim, null_if_empty     "  Ann "   "  "   NULL
                                        "Ann"      NULL   NULL
    validators  max_length 2            refused    pass   pass

Both work in the order in which they are declared. NULL is nothing that they see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.errors import RuleViolated
from wasidb_guest.rules.generated import Generator
from wasidb_guest.rules.rule import Rule
from wasidb_guest.rules.sanitizers import RefusedCell, Sanitizer
from wasidb_guest.rules.validators import Validator
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """What is declared for the column `name` of `table`."""

    table: str
    name: str
    type: DataType
    sanitizers: Sequence[Rule[Sanitizer]] = ()
    validators: Sequence[Rule[Validator]] = ()
    generator: Generator | None = None

    def sanitized(self, vector: Vector) -> Vector:
        """The cells after all sanitizers. Raises RuleViolated, LimitExceeded."""
        if not self.sanitizers:
            return vector
        cells = vector_to_cells(vector)
        for rule in self.sanitizers:
            cells = self._through(rule, cells)
        return vector_from_cells(
            self.type, cells, table=self.table, column=self.name, nullable=True
        )

    def _through(self, rule: Rule[Sanitizer], cells: list[Any]) -> list[Any]:
        rows = _rows_with_cell(cells)
        try:
            results = iter(rule.work([cells[row] for row in rows]))
        except RefusedCell as refusal:
            row = rows[refusal.place]
            raise self._violated(
                "sanitizer", rule.name, refusal.expected, cells[row], row
            ) from None
        return [None if cell is None else next(results) for cell in cells]

    def validate(self, vector: Vector) -> None:
        """Raise RuleViolated for the first cell that the first validator to do so refuses."""
        if not self.validators:
            return
        cells = vector_to_cells(vector)
        rows = _rows_with_cell(cells)
        present = [cells[row] for row in rows]
        for rule in self.validators:
            place = _first_false(rule.work.test(present))
            if place is not None:
                expected, cell = rule.work.expected, present[place]
                raise self._violated("validator", rule.name, expected, cell, rows[place])

    def _violated(
        self, kind: str, rule: str, expected: str, cell: object, row: int
    ) -> RuleViolated:
        located = BadCell(expected).located(cell, table=self.table, column=self.name, row=row)
        return RuleViolated(located.message, kind=kind, rule=rule, **located.details)


def _rows_with_cell(cells: Sequence[object]) -> Sequence[int]:
    """The numbers of the rows whose cell is not NULL."""
    if None not in cells:
        return range(len(cells))
    return [row for row, cell in enumerate(cells) if cell is not None]


def _first_false(outcomes: Iterable[object]) -> int | None:
    return next((place for place, outcome in enumerate(outcomes) if not outcome), None)
