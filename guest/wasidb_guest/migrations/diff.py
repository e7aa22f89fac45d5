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
whether the rows allow it is found when it is applied.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wasidb_guest.definitions import (
    ColumnDefinition,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
    declared_indexes,
    derived_indexes,
)
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.migrations.conversions import is_convertible, is_widening
from wasidb_guest.migrations.operations import (
    AddColumn,
    AddIndex,
    AlterColumn,
    ColumnChanges,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    ForeignKeyChange,
    Operation,
    RenameColumn,
    RenameTable,
    ReorderColumns,
    ReorderIndexes,
    SetAlignment,
    SetDefault,
    TransformColumn,
    WidenColumn,
    default_cell,
    in_order,
)
from wasidb_guest.migrations.wanted import WantedTable, by_name, is_same
from wasidb_guest.tables.catalog import check_references


@dataclass(frozen=True, slots=True)
class TableChange:
    """A stored table that becomes a wanted one, which may differ in nothing.

    `sources` has for each wanted column its position among the stored ones, None for a new one.
    """

    stored: TableDefinition
    wanted: TableDefinition
    sources: tuple[int | None, ...]

    @property
    def keeps_records(self) -> bool:
        """Whether the stored bytes of every row stay right.

        Names, keys, rules and defaults are no part of a record. Whether a column may be NULL is:
        each cell of such a column has a flag.
        """
        before = [(column.type, column.nullable) for column in self.stored.columns]
        after = [(column.type, column.nullable) for column in self.wanted.columns]
        is_in_place = self.sources == tuple(range(len(self.stored.columns)))
        return is_in_place and before == after and self.stored.stride == self.wanted.stride

    def carried(self) -> Iterator[tuple[ColumnDefinition, ColumnDefinition]]:
        """Each column that stays: as it is stored, as it is wanted."""
        for column, source in zip(self.wanted.columns, self.sources, strict=True):
            if source is not None:
                yield self.stored.columns[source], column

    def renamed_columns(self) -> dict[str, str]:
        """The wanted name of each stored column that stays."""
        return {old.name: new.name for old, new in self.carried()}


@dataclass(frozen=True, slots=True)
class Plan:
    """The operations, in the order in which they are meant; and the same by table."""

    operations: tuple[Operation, ...]
    created: tuple[TableDefinition, ...]
    changes: tuple[TableChange, ...]
    dropped: tuple[str, ...]


class Renaming:
    """What stored tables and columns are called in the wanted definitions."""

    def __init__(self, changes: Iterable[TableChange]) -> None:
        self._tables = {change.stored.name: change for change in changes}

    def foreign_key(self, key: ForeignKey | None) -> ForeignKey | None:
        """A stored foreign key in the new names."""
        change = self._tables.get(key.table) if key is not None else None
        if key is None or change is None:
            return key
        column = change.renamed_columns().get(key.column, key.column)
        return ForeignKey(change.wanted.name, column, key.on_delete)


def plan_migration(stored: Iterable[TableDefinition], wanted: Iterable[WantedTable]) -> Plan:
    """What leads from the one to the other.

    Raises InvalidDefinition for a new column that has no value for the rows there are, a change of
    type for which there is no conversion, and a foreign key that points at no unique column of the
    same type.
    """
    stored_by_name = {table.name: table for table in stored}
    wanted_by_name = by_name(wanted)
    definitions = {name: table.definition for name, table in wanted_by_name.items()}
    for definition in definitions.values():
        check_references(definition, definitions)
    former = {name: table.former_names for name, table in wanted_by_name.items()}
    origins = match(stored_by_name, former)
    changes = tuple(
        _change(stored_by_name[old], wanted_by_name[new])
        for new, old in origins.items()
        if old is not None
    )
    created = tuple(definitions[new] for new, old in origins.items() if old is None)
    dropped = tuple(sorted(stored_by_name.keys() - set(origins.values())))
    operations: list[Operation] = [CreateTable(definition) for definition in created]
    renaming = Renaming(changes)
    for change in changes:
        operations += _operations(change, renaming)
    operations += map(DropTable, dropped)
    return Plan(in_order(operations), created, changes, dropped)


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


def _change(stored: TableDefinition, table: WantedTable) -> TableChange:
    wanted = table.definition
    positions = {column.name: position for position, column in enumerate(stored.columns)}
    former = {column.name: table.former_columns.get(column.name, ()) for column in wanted.columns}
    origins = match(positions, former).values()
    sources = tuple(None if old is None else positions[old] for old in origins)
    change = TableChange(stored, wanted, sources)
    for column, source in zip(wanted.columns, sources, strict=True):
        if source is None:
            _check_backfill(wanted, column)
    for old, new in change.carried():
        _check_conversion(wanted, old, new)
    return change


def _check_backfill(table: TableDefinition, column: ColumnDefinition) -> None:
    if column.default is None and not column.nullable and not column.autoincrement:
        message = f"column {table.name}.{column.name} is new and needs a value in every row"
        expected = "a default, or a column that may be NULL"
        message += f": give it {expected}"
        raise InvalidDefinition(message, table=table.name, column=column.name, expected=expected)


def _check_conversion(table: TableDefinition, old: ColumnDefinition, new: ColumnDefinition) -> None:
    if old.type != new.type and not is_convertible(old.type, new.type):
        message = f"column {table.name}.{new.name} cannot become {new.type}"
        message += f": nothing makes it from {old.type}"
        raise InvalidDefinition(message, table=table.name, column=new.name, expected=str(new.type))


# The operations of one table


def _operations(change: TableChange, renaming: Renaming) -> Iterator[Operation]:
    stored, wanted = change.stored, change.wanted
    if stored.name != wanted.name:
        yield RenameTable(stored.name, wanted.name)
    if is_same(stored, wanted):
        return
    yield from _column_operations(change, renaming)
    kept = change.renamed_columns()
    for column in stored.columns:
        if column.name not in kept:
            yield DropColumn(wanted.name, column.name)
    yield from _reorder_columns(change)
    if (
        not stored.is_fixed_size
        and not wanted.is_fixed_size
        and stored.alignment != wanted.alignment
    ):
        yield SetAlignment(wanted.name, stored.alignment, wanted.alignment)
    yield from _index_operations(change)


def _column_operations(change: TableChange, renaming: Renaming) -> Iterator[Operation]:
    table = change.wanted.name
    before: str | None = None
    for column, source in zip(change.wanted.columns, change.sources, strict=True):
        if source is None:
            yield AddColumn(table, column, before)
        else:
            yield from _alterations(table, change.stored.columns[source], column, renaming)
        before = column.name


def _alterations(
    table: str, old: ColumnDefinition, new: ColumnDefinition, renaming: Renaming
) -> Iterator[Operation]:
    if old.name != new.name:
        yield RenameColumn(table, old.name, new.name)
    if old.type != new.type:
        change = WidenColumn if is_widening(old.type, new.type) else TransformColumn
        yield change(table, new.name, old.type, new.type)
    changes = _changes(old, new, renaming)
    if changes != ColumnChanges():
        yield AlterColumn(table, new.name, changes)
    if _default_of(old) != _default_of(new):
        yield SetDefault(table, new.name, new.default)


def _changes(old: ColumnDefinition, new: ColumnDefinition, renaming: Renaming) -> ColumnChanges:
    key = renaming.foreign_key(old.references)
    return ColumnChanges(
        nullable=_changed(old.nullable, new.nullable),
        unique=_changed(old.unique or old.primary_key, new.unique or new.primary_key),
        autoincrement=_changed(old.autoincrement, new.autoincrement),
        primary_key=_changed(old.primary_key, new.primary_key),
        references=None if key == new.references else ForeignKeyChange(new.references),
    )


def _changed(old: bool, new: bool) -> bool | None:
    return None if old == new else new


def _default_of(column: ColumnDefinition) -> object:
    """The default as JSON; a number is the same one whatever its width."""
    return None if column.default is None else (default_cell(column.default),)


def _reorder_columns(change: TableChange) -> Iterator[Operation]:
    kept = [source for source in change.sources if source is not None]
    if kept != sorted(kept):
        names = tuple(column.name for column in change.wanted.columns)
        yield ReorderColumns(change.wanted.name, names)


def all_indexes(table: TableDefinition) -> tuple[IndexDefinition, ...]:
    """The indexes a table has, each once, though a file of the Rust engine may list some twice."""
    return derived_indexes(table.primary_key, table.columns, declared_indexes(table))


def renamed_index(index: IndexDefinition, names: Mapping[str, str]) -> IndexDefinition | None:
    """The index over the same columns under their new names; None if one of them is gone."""
    if not names.keys() >= set(index.columns):
        return None
    return IndexDefinition(tuple(names[name] for name in index.columns), index.unique)


def _index_operations(change: TableChange) -> Iterator[Operation]:
    table, names = change.wanted.name, change.renamed_columns()
    wanted = all_indexes(change.wanted)
    kept = []
    for index in all_indexes(change.stored):
        renamed = renamed_index(index, names)
        if renamed in wanted:
            kept.append(renamed)
        else:
            yield DropIndex(table, index)
    for index in wanted:
        if index not in kept:
            yield AddIndex(table, index)
    if kept != [index for index in wanted if index in kept]:
        yield ReorderIndexes(table, tuple(index.columns for index in wanted))
