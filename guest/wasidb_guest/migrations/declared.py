"""What a migration declares and the file has no place for: the rows that are there must hold it.

    rule-violated: people: the check 'adult' does not hold, in the rows with id 3, 8
    foreign-key-violated: bookings.hall, place = [1, 9] has no matching row in 'seats.hall, place',
        in the rows with id 2

Nobody can tell whether a check, or a foreign key of several columns, has been declared before. So
every migration looks at all rows of the tables that have one, when they are what they will be.
Sanitizers and validators concern what statements give.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, compress

from wasidb_guest.errors import DbmsError, ForeignKeyViolated, RuleViolated
from wasidb_guest.migrations.rows_in_the_way import name_rows
from wasidb_guest.migrations.wanted import WantedTable
from wasidb_guest.rules.references import Reference
from wasidb_guest.rules.table_rules import Check
from wasidb_guest.tables.integrity import key_at
from wasidb_guest.tables.outcome import Outcome
from wasidb_guest.tables.references import key_columns, keys_of, positions_of
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables


def check_declared(wanted: Iterable[WantedTable], tables: Tables) -> None:
    """Raise RuleViolated or ForeignKeyViolated for rows that break what is declared for them, with
    the keys of the first such rows.
    """
    for each in wanted:
        if each.rules is not None:
            table = tables.table(each.definition.name)
            for check in each.rules.checks:
                _check_holds(check, table)
            for reference in each.rules.references:
                if len(reference.columns) > 1:
                    _check_points(reference, table, tables)


def _check_holds(check: Check, table: Table) -> None:
    columns = table.definition.columns
    found = (
        key_at(key_columns(table.definition, batch.vectors, table.definition.key), row)
        for batch, _ in table.scan(range(len(columns)))
        for row in _zeros(check.evaluate(batch))
    )
    first = next(found, None)
    if first is not None:
        name = table.definition.name
        message = f"{name}: the check {check.name!r} does not hold"
        refusal = RuleViolated(message, kind="check", table=name, constraint=check.name)
        raise _with_rows(refusal, table, first, found)


def _zeros(flags: bytearray) -> Iterator[int]:
    """Where a flag is 0."""
    at = flags.find(0)
    while at >= 0:
        yield at
        at = flags.find(0, at + 1)


def _check_points(reference: Reference, table: Table, tables: Tables) -> None:
    found = _pointing_nowhere(reference, table, tables)
    first, held = next(found, (None, None))
    if first is not None:
        columns, targets = ", ".join(reference.columns), ", ".join(reference.target_columns)
        target = f"{reference.target}.{targets}"
        refusal = ForeignKeyViolated(reference.table, columns, held, target, reference.name)
        raise _with_rows(refusal, table, first, (key for key, _ in found))


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


def _with_rows(
    refusal: DbmsError, table: Table, first: object, others: Iterator[object]
) -> DbmsError:
    name_rows(refusal, ", ".join(table.definition.key), chain([first], others))
    return refusal
