"""What a migration declares and the file has no place for: the rows that are there must hold it.

    rule-violated: people: the check 'adult' does not hold, in the rows with id 3, 8
    foreign-key-violated: bookings.hall, place = [1, 9] has no matching row in 'seats.hall, place',
        in the rows with id 2

Nobody can tell whether a check, or a foreign key of several columns, has been declared before. So
every migration looks at all rows of the tables that have one, when they are what they will be.
Sanitizers and validators concern what statements give.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from wasidb_guest.errors import RuleViolated
from wasidb_guest.migrations.rows_in_the_way import name_rows
from wasidb_guest.migrations.wanted import WantedTable
from wasidb_guest.rules.references import Reference
from wasidb_guest.rules.table_rules import Check
from wasidb_guest.tables.integrity import key_at, pointless
from wasidb_guest.tables.outcome import Outcome
from wasidb_guest.tables.references import key_columns, keys_of, positions_of
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Batch


def check_declared(wanted: Iterable[WantedTable], tables: Tables) -> None:
    """Raise RuleViolated or ForeignKeyViolated for rows that break what is declared for them, with
    the keys of the first such rows.
    """
    for each in wanted:
        if each.rules is not None:
            table = tables.table(each.definition.name)
            _check_rows(each.rules.checks, table)
            for reference in each.rules.references:
                if len(reference.columns) > 1:
                    _check_points(reference, table, tables)


def _check_rows(checks: Sequence[Check], table: Table) -> None:
    for batch in _rows(table) if checks else ():
        for check in checks:
            if 0 in check.evaluate(batch):
                name = table.definition.name
                message = f"{name}: the check {check.name!r} does not hold"
                refusal = RuleViolated(message, kind="check", table=name, constraint=check.name)
                name_rows(refusal, ", ".join(table.definition.key), _breaking_rows(check, table))
                raise refusal


def _breaking_rows(check: Check, table: Table) -> Iterator[object]:
    """The keys of the rows for which a check is false."""
    for batch in _rows(table):
        names = key_columns(table.definition, batch.vectors, table.definition.key)
        is_broken = map((0).__eq__, check.evaluate(batch))
        yield from (key_at(names, row) for row in compress(range(batch.count), is_broken))


def _rows(table: Table) -> Iterator[Batch]:
    return (batch for batch, _ in table.scan(range(len(table.definition.columns))))


def _check_points(reference: Reference, table: Table, tables: Tables) -> None:
    first = next(_pointing_nowhere(reference, table, tables), None)
    if first is not None:
        refusal = pointless(reference, first[1])
        rows = (key for key, _ in _pointing_nowhere(reference, table, tables))
        name_rows(refusal, ", ".join(table.definition.key), rows)
        raise refusal


def _pointing_nowhere(
    reference: Reference, table: Table, tables: Tables
) -> Iterator[tuple[object, object]]:
    """The key of each row that points at none, and what it holds."""
    outcome, own = Outcome(tables), table.definition.key
    wanted = [*own, *reference.columns]
    for batch, _ in table.scan(positions_of(table.definition, wanted)):
        names, held = batch.vectors[: len(own)], batch.vectors[len(own) :]
        keys = keys_of(held)
        missing = {keys[row] for row in outcome.missing(reference, held)}
        if missing:
            for row in compress(range(batch.count), map(missing.__contains__, keys)):
                yield key_at(names, row), key_at(held, row)
