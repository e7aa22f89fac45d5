"""Migrating a database: plan, ask the policy, apply; all of it or nothing."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.migrations.applying import apply_plan
from wasidb_guest.migrations.diff import Plan, plan_migration
from wasidb_guest.migrations.operations import is_destructive
from wasidb_guest.migrations.supplies import Supply
from wasidb_guest.migrations.wanted import WantedTable
from wasidb_guest.transactions.store import Store

NO_SUPPLIES: Mapping[str, Supply] = MappingProxyType({})


def migrate(
    store: Store,
    wanted: Iterable[WantedTable],
    *,
    allow_destructive: bool,
    supplies: Mapping[str, Supply] = NO_SUPPLIES,
) -> Plan:
    """Make the tables of a database the wanted ones, in a transaction of its own; what was done.

    `supplies` are by the wanted name of the table.

    Raises InvalidDefinition for a plan that cannot be or that would lose data it may not lose,
    Conflict while transactions are open, and what `apply_plan` raises.
    """
    store.check_idle()
    with store.session(None) as transaction:
        supplied = {table: supply.columns for table, supply in supplies.items()}
        plan = plan_migration(transaction.definitions(), wanted, supplied)
        if not allow_destructive:
            _refuse_destruction(plan)
        if plan.operations:
            apply_plan(plan, transaction, supplies)
    return plan


def _refuse_destruction(plan: Plan) -> None:
    denied = [str(operation) for operation in plan.operations if is_destructive(operation)]
    if denied:
        message = f"the migration would lose data: {', '.join(denied)}; allow_destructive lets it"
        raise InvalidDefinition(message, operations=denied, expected="allow_destructive")
