"""From stored definitions to wanted ones: what has to change, as a plan.

    stored   users: id uint32, mail text, fax text     wanted   users: id uint64, email text (mail)
             posts: ...                                         tags: ...

    create table tags
    drop column users.fax            destructive
    rename column users.mail to email
    widen column users.id from uint32 to uint64
    drop table posts                 destructive

Tables and columns are matched by name, then by their former names, the first that is stored and not
taken. Renamed parts are followed wherever they are named, in indexes and foreign keys, so that a
name alone is no further change. The wanted definitions are the whole schema: a stored table that is
not among them is dropped.

Where the planner of the Rust engine sees no difference (the order of columns and of the columns of
an index, defaults, alignment, the names of an index over renamed columns) its migrations never end;
here everything that `create_tables` would refuse as another definition has an operation.

A plan says for each wanted column which stored one it comes from. It is made of definitions alone:
whether the rows allow it is found when it is applied. Where the definitions do not, everything that
is in the way is said at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.errors import InvalidDefinition, TableNotFound
from wasidb_guest.migrations.alterations import operations_of
from wasidb_guest.migrations.conversions import is_convertible
from wasidb_guest.migrations.operations import (
    CreateTable,
    DropTable,
    Operation,
    in_order,
    is_destructive,
)
from wasidb_guest.migrations.table_change import Renaming, TableChange
from wasidb_guest.migrations.wanted import WantedTable, by_name
from wasidb_guest.tables.catalog import reference_problems

NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """The operations, in the order in which they are meant; and the same by table."""

    operations: tuple[Operation, ...]
    created: tuple[TableDefinition, ...]
    changes: tuple[TableChange, ...]
    dropped: tuple[str, ...]


def plan_migration(
    stored: Iterable[TableDefinition],
    wanted: Iterable[WantedTable],
    supplied: Mapping[str, Collection[str]] = NOTHING,
    *,
    allow_destructive: bool = True,
) -> Plan:
    """What leads from the one to the other; `supplied` are columns by table whose values are given.

    Raises InvalidDefinition for a new column that has no value for the rows there are, a change of
    type for which there is no conversion, a foreign key that points at no unique column of the same
    type, and data that would be lost and may not be; UnknownColumn and TableNotFound for values of
    what is not wanted or not stored.
    """
    stored_by_name = {table.name: table for table in stored}
    wanted_by_name = by_name(wanted)
    definitions = {name: table.definition for name, table in wanted_by_name.items()}
    former = {name: table.former_names for name, table in wanted_by_name.items()}
    origins = match(stored_by_name, former)
    for name in supplied:
        if origins.get(name) is None:
            raise TableNotFound(name)
    changes = tuple(
        _change(stored_by_name[old], wanted_by_name[new], supplied.get(new, ()))
        for new, old in origins.items()
        if old is not None
    )
    created = tuple(wanted_by_name[new].created() for new, old in origins.items() if old is None)
    dropped = tuple(sorted(stored_by_name.keys() - set(origins.values())))
    operations: list[Operation] = [CreateTable(definition) for definition in created]
    renaming = Renaming(changes)
    for change in changes:
        operations += operations_of(change, renaming)
    operations += map(DropTable, dropped)
    plan = Plan(in_order(operations), created, changes, dropped)
    _refuse([*_problems(plan, definitions), *(() if allow_destructive else _losses(plan))])
    return plan


def _refuse(problems: Sequence[InvalidDefinition]) -> None:
    """Raise the only problem, or one error that says all of them."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        messages = [problem.message for problem in problems]
        message = f"{len(problems)} things are in the way: {'; '.join(messages)}"
        raise InvalidDefinition(message, problems=messages)


def _problems(
    plan: Plan, definitions: Mapping[str, TableDefinition]
) -> Iterator[InvalidDefinition]:
    """What cannot be, whatever rows there are."""
    for definition in definitions.values():
        yield from reference_problems(definition, definitions)
    for change in plan.changes:
        for column, source in zip(change.wanted.columns, change.sources, strict=True):
            if column.name in change.supplied:
                continue
            if source is None:
                yield from _backfill_problems(change.wanted, column)
            else:
                old = change.stored.columns[source]
                yield from _conversion_problems(change.wanted, old, column)


def _losses(plan: Plan) -> Iterator[InvalidDefinition]:
    """What is dropped, as one problem."""
    denied = [str(operation) for operation in plan.operations if is_destructive(operation)]
    if denied:
        message = f"the migration would lose data: {', '.join(denied)}; allow_destructive lets it"
        yield InvalidDefinition(message, operations=denied, expected="allow_destructive")


def match(
    stored: Mapping[str, object], former: Mapping[str, Sequence[str]]
) -> dict[str, str | None]:
    """For each wanted name the stored one it was, or None; `former` are its former names."""
    origins: dict[str, str | None] = {name: name if name in stored else None for name in former}
    taken = set(origins.values())
    for name, origin in origins.items():
        if origin is None:
            free = (each for each in former[name] if each in stored and each not in taken)
            origins[name] = next(free, None)
            taken.add(origins[name])
    return origins


def _change(stored: TableDefinition, table: WantedTable, supplied: Collection[str]) -> TableChange:
    wanted = table.definition
    for name in supplied:
        wanted.column_position(name)
    positions = {column.name: position for position, column in enumerate(stored.columns)}
    former = {column.name: table.former_columns.get(column.name, ()) for column in wanted.columns}
    origins = match(positions, former)
    sources = tuple(None if old is None else positions[old] for old in origins.values())
    names = {old: new for new, old in origins.items() if old is not None}
    return TableChange(stored, table.beside(stored, names), sources, supplied)


def _backfill_problems(
    table: TableDefinition, column: ColumnDefinition
) -> Iterator[InvalidDefinition]:
    if column.default is None and not column.nullable and not column.autoincrement:
        message = f"column {table.name}.{column.name} is new and needs a value in every row"
        expected = "a default, or a column that may be NULL"
        message += f": give it {expected}"
        yield InvalidDefinition(message, table=table.name, column=column.name, expected=expected)


def _conversion_problems(
    table: TableDefinition, old: ColumnDefinition, new: ColumnDefinition
) -> Iterator[InvalidDefinition]:
    if old.type != new.type and not is_convertible(old.type, new.type):
        message = f"column {table.name}.{new.name} cannot become {new.type}"
        message += f": nothing makes it from {old.type}"
        yield InvalidDefinition(message, table=table.name, column=new.name, expected=str(new.type))
