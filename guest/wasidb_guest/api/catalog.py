"""Interface `catalog`: table definitions as JSON, and how stored tables become others."""

import contextlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from wasidb_guest.api.engine import Engine
from wasidb_guest.api.migration_options import parse_migration_options
from wasidb_guest.api.progress_file import ProgressFile
from wasidb_guest.api.table_rules import wanted_table
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.definition_json import definition_to_json
from wasidb_guest.encoding.json_document import DECODER, parse_json
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.migrations.diff import Plan, plan_migration
from wasidb_guest.migrations.migration import migrate
from wasidb_guest.migrations.operation_json import operation_to_json
from wasidb_guest.migrations.progress import Report, nobody
from wasidb_guest.migrations.wanted import WantedTable
from wasidb_guest.rules.references import check_targets
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.tables.catalog import Registered
from wasidb_guest.transactions.transaction import Transaction


class Catalog:
    """The functions of interface `catalog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_tables(self, definitions: str) -> None:
        wanted = _parse_wanted(definitions)
        store, registration = self._engine.store, self._engine.registration
        if _differs(store.catalog.registered, wanted):
            registration.add(wanted)  # refused below, and what a migration leads to
        _check_renamed(store.catalog.registered, wanted)
        _check_targets(wanted, store.catalog.definitions())
        with store.session(None) as transaction:
            known = transaction.registered
            transaction.create_tables([_definition(table, known) for table in wanted])
        registration.add(wanted)
        self._engine.adopt_rules()

    def drop_tables(self, names: str) -> None:
        doomed = _parse_names(names)
        with self._engine.session(None) as transaction:
            _check_undeclared(transaction, doomed)
            transaction.drop_tables(doomed)
        for name in doomed:
            self._engine.store.set_rules(name, None)
        self._engine.registration.remove(doomed)

    def tables(self) -> str:
        store = self._engine.store
        return json.dumps(
            [_with_rules(each, store.rules.get(each.name)) for each in store.catalog.definitions()]
        )

    def pending_migrations(self, definitions: str) -> str:
        wanted = _parse_wanted(definitions)
        return _operations(plan_migration(self._engine.store.catalog.definitions(), wanted))

    def migrate(self, definitions: str, options: str) -> str:
        wanted = _parse_wanted(definitions)
        _check_targets(wanted)
        asked = parse_migration_options(options)
        with contextlib.ExitStack() as files:
            report: Report = nobody
            if asked.progress is not None:
                report = files.enter_context(ProgressFile(asked.progress)).report
            plan = migrate(
                self._engine.store,
                wanted,
                allow_destructive=asked.allow_destructive,
                supplies=asked.supplies,
                transforms=asked.transforms,
                report=report,
            )
        self._engine.registration.replace(wanted)
        self._engine.adopt_rules()
        return _operations(plan)


def _with_rules(definition: TableDefinition, rules: TableRules | None) -> dict[str, Any]:
    form = definition_to_json(definition)
    return form if rules is None else rules.declaration.put_back(form)


def _parse_wanted(definitions: str) -> list[WantedTable]:
    parsed = _parse_list(definitions, "definitions", "table definitions")
    return list(map(wanted_table, parsed))


def _differs(registered: Registered, wanted: Sequence[WantedTable]) -> bool:
    """Whether one of the tables is stored with another definition, or under another name."""
    known = [table for table in wanted if table.definition.name in registered]
    is_renamed = any(_stored_name(registered, wanted, table) for table in wanted)
    return is_renamed or not all(
        table.is_stored_as(registered[table.definition.name][0]) for table in known
    )


def _definition(table: WantedTable, registered: Registered) -> TableDefinition:
    """What a table is to be stored as."""
    name = table.definition.name
    return table.beside(registered[name][0]) if name in registered else table.created()


def _check_renamed(registered: Registered, wanted: Sequence[WantedTable]) -> None:
    """Raise InvalidDefinition for a table that would be created empty beside its rows."""
    for table in wanted:
        stored = _stored_name(registered, wanted, table)
        if stored is not None:
            name = table.definition.name
            raise InvalidDefinition(f"table {name!r} is stored as {stored!r}: migrate", table=name)


def _check_targets(wanted: Iterable[WantedTable], stored: Iterable[TableDefinition] = ()) -> None:
    """Raise InvalidDefinition for a declared foreign key that has no target among the tables."""
    known = {each.name: each for each in stored}
    known |= {each.definition.name: each.definition for each in wanted}
    for table in wanted:
        if table.rules is not None:
            check_targets(table.rules.references, known)


def _check_undeclared(transaction: Transaction, doomed: Collection[str]) -> None:
    """Raise InvalidDefinition for tables that a declared foreign key of several columns needs."""
    for name in doomed:
        for reference in transaction.references_to(name):
            if reference.table not in doomed and len(reference.columns) > 1:
                message = f"table {name!r} cannot be dropped: {reference.name} references it"
                raise InvalidDefinition(message, table=name, constraint=reference.name)


def _stored_name(
    registered: Registered, wanted: Sequence[WantedTable], table: WantedTable
) -> str | None:
    """The former name under which a table is stored."""
    names = {each.definition.name for each in wanted}
    if table.definition.name in registered:
        return None
    return next((each for each in table.former_names if each in registered.keys() - names), None)


def _operations(plan: Plan) -> str:
    return json.dumps(list(map(operation_to_json, plan.operations)))


def _parse_names(names: str) -> list[str]:
    """Different table names."""
    parsed = _parse_list(names, "names", "table names")
    for position, name in enumerate(parsed):
        if not isinstance(name, str):
            raise InvalidDefinition(f"invalid names JSON: expected a table name, not {name!r}")
        if name in parsed[:position]:
            raise InvalidDefinition(f"invalid names JSON: {name!r} is named twice", table=name)
    return parsed


def _parse_list(text: str, document: str, items: str) -> list[Any]:
    try:
        parsed = parse_json(text, DECODER)
    except ValueError as problem:
        raise InvalidDefinition(f"invalid {document} JSON: {problem}") from None
    if not isinstance(parsed, list):
        raise InvalidDefinition(f"invalid {document} JSON: expected an array of {items}")
    return parsed
