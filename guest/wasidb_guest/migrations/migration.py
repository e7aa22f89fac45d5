"""Migrating a database: plan, ask the policy, apply; all of it or nothing."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TypeAlias

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.migrations.applying import apply_plan
from wasidb_guest.migrations.declared import check_declared
from wasidb_guest.migrations.diff import Plan, plan_migration
from wasidb_guest.migrations.progress import Report, nobody
from wasidb_guest.migrations.rewriting import Computation
from wasidb_guest.migrations.supplies import Supply
from wasidb_guest.migrations.wanted import WantedTable
from wasidb_guest.transactions.store import Store

NO_SUPPLIES: Mapping[str, Supply] = MappingProxyType({})

Transform: TypeAlias = Callable[[TableDefinition, str, ColumnDefinition], Computation]
"""What computes a column of a wanted table from the rows of a stored one."""

Transforms: TypeAlias = Mapping[str, Mapping[str, Transform]]
"""By the wanted names of table and column."""

NO_TRANSFORMS: Transforms = MappingProxyType({})


def migrate(
    store: Store,
    wanted: Collection[WantedTable],
    *,
    allow_destructive: bool,
    supplies: Mapping[str, Supply] = NO_SUPPLIES,
    transforms: Transforms = NO_TRANSFORMS,
    report: Report = nobody,
) -> Plan:
    """Make the tables of a database the wanted ones, in a transaction of its own; what was done.

    `supplies` are by the wanted name of the table.

    Raises AccessDenied, InvalidDefinition for a plan that cannot be or that would lose data it may
    not lose, Conflict while transactions are open, and what `apply_plan` and `check_declared`
    raise.
    """
    store.rights.require_flag("migrate")
    store.check_idle()
    with store.session(None) as transaction:
        supplied = _given_columns(supplies, transforms)
        plan = plan_migration(
            transaction.definitions(), wanted, supplied, allow_destructive=allow_destructive
        )
        computations = _computations(plan, transforms)
        if plan.operations:
            apply_plan(plan, transaction, supplies, computations, report)
        check_declared(wanted, transaction)
    return plan


def _given_columns(
    supplies: Mapping[str, Supply], transforms: Transforms
) -> Mapping[str, list[str]]:
    """The columns by table whose values are not those that are stored."""
    given = {table: list(supply.columns) for table, supply in supplies.items()}
    for table, columns in transforms.items():
        twice = columns.keys() & set(given.get(table, ()))
        if twice:
            message = f"{table}.{min(twice)} has both an expression and values of its own"
            raise InvalidQuery(message, table=table, column=min(twice))
        given.setdefault(table, []).extend(columns)
    return given


def _computations(plan: Plan, transforms: Transforms) -> Mapping[str, Mapping[str, Computation]]:
    """The transforms, made for the tables of a plan."""
    return {
        change.wanted.name: {
            name: transform(change.stored, change.wanted.name, change.wanted.column(name))
            for name, transform in transforms[change.wanted.name].items()
        }
        for change in plan.changes
        if change.wanted.name in transforms
    }
