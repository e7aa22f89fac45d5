"""The operations a migration consists of, each a value that prints as a line.

    create table posts              rename column users.mail to email
    drop index on users (email)     widen column users.age from int16 to int32
    drop column users.fax           transform column users.zip from uint32 to text
    rename table people to users    alter column users.name: not null, unique

The contract's `types.migration-op` has ten of them, the others are ours. An operation says what
changes and not how: those of one table are carried out together, the rows written once.

Names are those at the time of the operation: `in_order` puts the renaming of a table in front of
everything else about it, and the renaming of columns behind dropping indexes and columns.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from wasidb_guest.definitions import (
    ColumnDefinition,
    Default,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
)
from wasidb_guest.encoding.cells import cell_to_json
from wasidb_guest.values import DataType


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A table that is wanted and not stored."""

    definition: TableDefinition

    def __str__(self) -> str:
        return f"create table {self.definition.name}"


@dataclass(frozen=True, slots=True)
class DropTable:
    """A table that is stored and not wanted, with all its rows."""

    table: str

    def __str__(self) -> str:
        return f"drop table {self.table}"


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column behind the column `after`, in front of all others when that is None."""

    table: str
    column: ColumnDefinition
    after: str | None

    def __str__(self) -> str:
        place = "first" if self.after is None else f"after {self.after}"
        kind = " null" if self.column.nullable else ""
        return f"add column {self.table}.{self.column.name} {self.column.type}{kind} {place}"


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A column goes, with what it holds."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"drop column {self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """A column keeps its values under another name; indexes and foreign keys follow."""

    table: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"rename column {self.table}.{self.old} to {self.new}"


@dataclass(frozen=True, slots=True)
class ForeignKeyChange:
    """What a column references from now on; None for nothing."""

    key: ForeignKey | None


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """What becomes of a column; None leaves a property as it is."""

    nullable: bool | None = None
    unique: bool | None = None
    autoincrement: bool | None = None
    primary_key: bool | None = None
    references: ForeignKeyChange | None = None

    @property
    def only_relaxes(self) -> bool:
        """Whether every row that was allowed still is, and counters are left alone."""
        tightens = self.nullable is False or self.unique is True or self.primary_key is True
        sets_key = self.references is not None and self.references.key is not None
        return not tightens and not sets_key and self.autoincrement is None

    def __str__(self) -> str:
        words = {
            ("null", "not null"): self.nullable,
            ("unique", "not unique"): self.unique,
            ("autoincrement", "no autoincrement"): self.autoincrement,
            ("primary key", "not primary key"): self.primary_key,
        }
        parts = [yes if is_set else no for (yes, no), is_set in words.items() if is_set is not None]
        if self.references is not None:
            key = self.references.key
            parts.append(
                f"references {key.table}.{key.column} on delete {key.on_delete}"
                if key
                else "no foreign key"
            )
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Other rules for a column."""

    table: str
    column: str
    changes: ColumnChanges

    def __str__(self) -> str:
        return f"alter column {self.table}.{self.column}: {self.changes}"


@dataclass(frozen=True, slots=True)
class WidenColumn:
    """A type that holds every value of the old one."""

    table: str
    column: str
    old_type: DataType
    new_type: DataType

    def __str__(self) -> str:
        return f"widen column {self.table}.{self.column} from {self.old_type} to {self.new_type}"


@dataclass(frozen=True, slots=True)
class TransformColumn:
    """Another type, whose values are made from the old ones; refused if one has no counterpart."""

    table: str
    column: str
    old_type: DataType
    new_type: DataType

    def __str__(self) -> str:
        types = f"from {self.old_type} to {self.new_type}"
        return f"transform column {self.table}.{self.column} {types}"


@dataclass(frozen=True, slots=True)
class AddIndex:
    """A new index, filled from the rows."""

    table: str
    index: IndexDefinition

    def __str__(self) -> str:
        return f"add {_described(self.index)} on {self.table} ({', '.join(self.index.columns)})"


@dataclass(frozen=True, slots=True)
class DropIndex:
    """An index goes; its pages are used again."""

    table: str
    index: IndexDefinition

    def __str__(self) -> str:
        return f"drop {_described(self.index)} on {self.table} ({', '.join(self.index.columns)})"


# What the contract has no case for.


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table keeps its rows under another name; foreign keys and grants follow."""

    old: str
    new: str

    def __str__(self) -> str:
        return f"rename table {self.old} to {self.new}"


@dataclass(frozen=True, slots=True)
class ReorderColumns:
    """The columns that stay stand in another order; `columns` is the wanted one, of all."""

    table: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"reorder columns of {self.table}: {', '.join(self.columns)}"


@dataclass(frozen=True, slots=True)
class ReorderIndexes:
    """The indexes that stay stand in another order; `indexes` is the wanted one, of all."""

    table: str
    indexes: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        listed = ", ".join(f"({', '.join(columns)})" for columns in self.indexes)
        return f"reorder indexes of {self.table}: {listed}"


@dataclass(frozen=True, slots=True)
class SetDefault:
    """What an insert that leaves the column out stores from now on; None for no default."""

    table: str
    column: str
    default: Default | None

    def __str__(self) -> str:
        if self.default is None:
            return f"drop default of {self.table}.{self.column}"
        cell = default_cell(self.default)
        return f"set default of {self.table}.{self.column} to {'null' if cell is None else cell}"


@dataclass(frozen=True, slots=True)
class SetAlignment:
    """What records are aligned to from now on, in bytes."""

    table: str
    old: int
    new: int

    def __str__(self) -> str:
        return f"set alignment of {self.table} from {self.old} to {self.new}"


Operation: TypeAlias = (
    CreateTable
    | DropTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | WidenColumn
    | TransformColumn
    | AddIndex
    | DropIndex
    | RenameTable
    | ReorderColumns
    | ReorderIndexes
    | SetDefault
    | SetAlignment
)

RELAXED, TIGHTENED = "relaxed", "tightened"
ORDER: tuple[type[Operation] | str, ...] = (
    CreateTable,
    RenameTable,
    DropIndex,
    DropColumn,
    RenameColumn,
    RELAXED,
    WidenColumn,
    TransformColumn,
    AddColumn,
    ReorderColumns,
    SetDefault,
    SetAlignment,
    TIGHTENED,
    AddIndex,
    ReorderIndexes,
    DropTable,
)


def in_order(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations by kind, those of one kind in the order given."""
    return tuple(sorted(operations, key=_rank))


def _rank(operation: Operation) -> int:
    if isinstance(operation, AlterColumn):
        return ORDER.index(RELAXED if operation.changes.only_relaxes else TIGHTENED)
    return ORDER.index(type(operation))


def is_destructive(operation: Operation) -> bool:
    """Whether data is lost that is not in the database any more afterwards."""
    return isinstance(operation, DropTable | DropColumn)


def kind_of(operation: Operation) -> str:
    """The name of the operation in the contract: `add-column`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(operation).__name__).lower()


def default_cell(default: Default) -> object:
    """The cell of a default as rows-JSON has it."""
    cell: object = cell_to_json(default.type, default.cell)  # type: ignore[arg-type]
    return cell


def _described(index: IndexDefinition) -> str:
    return "unique index" if index.unique else "index"
