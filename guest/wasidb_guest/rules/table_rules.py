"""The rules of one table, and rows going through them.

    insert   given rows ────> sanitizers ──> defaults, numbers ──> validators ──> checks ──> keys
    update   changed cells ─> sanitizers ────────────────────────> validators ──> checks ──> keys
                                                                   of changed     of whole
                                                                   columns        rows

Sanitizers change what a statement gives and nothing else: no default, no number, no cell that stays
as it was, no reference that follows a key. Validators and checks look at cells as they will be
stored. All of this comes before anything is changed. Rules go column by column, in the order of the
table; then checks, in the order of their declaration.

A check that is unknown, because of a NULL, holds, as in SQL.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import RuleViolated
from wasidb_guest.rules.column_rules import ColumnRules
from wasidb_guest.rules.declaration import Declaration
from wasidb_guest.rules.references import Reference
from wasidb_guest.vectors import Batch, Vector


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on rows. `evaluate` gives a byte for each row of a batch, 0 where it is false."""

    name: str
    evaluate: Callable[[Batch], bytearray]


@dataclass(frozen=True, slots=True)
class TableRules:
    """The rules of the table `definition`; `columns` are those that have any, in its order, and
    `references` all its foreign keys.
    """

    definition: TableDefinition
    columns: Sequence[ColumnRules]
    checks: Sequence[Check]
    references: Sequence[Reference]
    declaration: Declaration

    def given(self, batch: Batch) -> Batch:
        """The rows of an insert, sanitized, and with the columns that are worked out."""
        vectors = dict(zip(batch.names, batch.vectors, strict=True))
        for column in self.columns:
            if column.name in vectors:
                vectors[column.name] = column.sanitized(vectors[column.name])
            elif column.generator is not None:
                vectors[column.name] = column.generator(column.type, batch.count)
        return Batch(list(vectors), list(vectors.values()), batch.count)

    def changed(self, changes: Mapping[str, Vector]) -> Mapping[str, Vector]:
        """The new cells of an update, sanitized."""
        sanitized = {
            column.name: column.sanitized(changes[column.name])
            for column in self.columns
            if column.name in changes
        }
        return {**changes, **sanitized}

    def check(self, vectors: Sequence[Vector], changed: Container[str]) -> None:
        """Raise RuleViolated for rows that must not be stored. `vectors` are all columns of them;
        only the cells of the `changed` ones are validated.
        """
        for column in self.columns:
            if column.name in changed:
                column.validate(vectors[self.definition.column_position(column.name)])
        if self.checks:
            names = [column.name for column in self.definition.columns]
            batch = Batch(names, vectors, vectors[0].count)
            for check in self.checks:
                row = check.evaluate(batch).find(0)
                if row >= 0:
                    raise self._broken(check.name, batch, row)

    def _broken(self, check: str, batch: Batch, row: int) -> RuleViolated:
        table, columns = self.definition.name, self.definition.key
        cells = [vector_to_cells(batch.column(column))[row] for column in columns]
        key = cells[0] if len(cells) == 1 else cells
        where = f"row {row}, {', '.join(columns)} = {key!r}"
        message = f"{table} ({where}): the check {check!r} does not hold"
        return RuleViolated(message, kind="check", table=table, constraint=check, row=row, key=key)
