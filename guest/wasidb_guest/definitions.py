"""What a table is: its columns, its indexes, its keys.

    TableDefinition  name, primary_key, alignment, columns, indexes
      ColumnDefinition  name, type, nullable, autoincrement, unique, primary_key
        ForeignKey        table, column, on_delete
        Default           cell, type
      IndexDefinition   columns, unique

There are two ways to get one. `define_table` makes the definition of a new table and refuses
everything that makes no sense. Reading a stored definition (`encoding.snapshot`) builds the classes
directly: a file may hold what we would not create, such as the Rust engine's duplicate indexes or
an alignment of 100, and what is stored is kept as it is.

The indexes of a new table are derived in the order of the Rust engine: the primary key, then every
other unique column in declaration order, then those declared, the unique ones first. A column that
is unique and declared again gets one index, not two.

The layout has primary keys of one column. A table whose rows are known by several numbers them in a
column of its own, and the key is the first index that no two rows share:

    primary key (order, line)    rowid uint64, numbered: the layout's primary key
                                 unique index on order, line: `TableDefinition.key`

A foreign key here is what the file can say of one; what it does beyond that is declared by the
program that opens the file (`rules.references`).

Whether the table a foreign key points at exists is the catalog's question, not ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from wasidb_guest.errors import InvalidDefinition, UnknownColumn
from wasidb_guest.values import UINT64, DataType

DEFAULT_ALIGNMENT = 32
ALIGNMENTS = tuple(1 << power for power in range(3, 16))
NAME_SIZE_MAX = 255
COLUMN_COUNT_MAX = 65_535
INDEX_COLUMN_COUNT_MAX = 255
AUTOINCREMENT_COUNT_MAX = 255
CUSTOM_WIDTH_MAX = 65_000
RECORD_BODY_SIZE_MAX = 65_533
ROW_NUMBER = "rowid"
"""The column that numbers the rows of a table whose primary key is of several columns."""

Action = Literal["restrict", "cascade", "set_null", "set_default"]
OnDelete = Literal["restrict", "cascade"]
"""The actions that the file knows."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """The column of another table that must hold this column's value."""

    table: str
    column: str
    on_delete: OnDelete = "restrict"


@dataclass(frozen=True, slots=True)
class Default:
    """The cell of a column that an insert leaves out; a cell of None is NULL.

    `type` is the column's type, except in tables whose column the Rust engine has widened: there
    the default keeps the narrower integer type it was declared with.
    """

    cell: object
    type: DataType


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """One column. `default` is None when there is none."""

    name: str
    type: DataType
    nullable: bool = False
    autoincrement: bool = False
    unique: bool = False
    primary_key: bool = False
    references: ForeignKey | None = None
    default: Default | None = None


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """An index over one or more columns, in this order."""

    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True)
class TableDefinition:
    """One table. `alignment` is what the file says; `stride` is what records are aligned to."""

    name: str
    primary_key: str
    alignment: int
    columns: tuple[ColumnDefinition, ...]
    indexes: tuple[IndexDefinition, ...]

    def __hash__(self) -> int:
        """Definitions are keys of caches: the name tells them apart, and is hashed quickly."""
        return hash(self.name)

    @cached_property
    def is_fixed_size(self) -> bool:
        """Whether every record has the same size: no column is nullable or of variable width."""
        return _body_size(self.columns) is not None

    @cached_property
    def stride(self) -> int:
        """Bytes between the places where a record may start.

        Records of fixed size stand side by side, each a u16 header and its body.
        """
        body_size = _body_size(self.columns)
        return self.alignment if body_size is None else body_size + 2

    def column(self, name: str) -> ColumnDefinition:
        """The column called `name`; UnknownColumn when there is none."""
        return self.columns[self.column_position(name)]

    def column_position(self, name: str) -> int:
        """The place of a column in `columns`, from 0; UnknownColumn when there is none."""
        position = self.positions.get(name)
        if position is None:
            raise UnknownColumn(name, self.name)
        return position

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns that rows are known by: the primary key or those it stands for."""
        unique = declared_unique(self)
        if self.primary_key != ROW_NUMBER or not self.column(ROW_NUMBER).autoincrement:
            return (self.primary_key,)
        is_key = (each for each in unique if not any(self.column(name).nullable for name in each))
        return next(is_key, (self.primary_key,))

    @cached_property
    def key_position(self) -> int:
        """The place of the primary key."""
        return self.column_position(self.primary_key)

    @cached_property
    def types(self) -> list[DataType]:
        """The type of each column."""
        return [column.type for column in self.columns]

    @cached_property
    def widths(self) -> bytes:
        """The width of each column's type, 0 where it varies."""
        return bytes(column.type.width for column in self.columns)

    @cached_property
    def nullable_flags(self) -> bytes:
        """A byte a column: 1 where NULL is allowed."""
        return bytes(column.nullable for column in self.columns)

    @cached_property
    def foreign_keys(self) -> tuple[tuple[ColumnDefinition, ForeignKey], ...]:
        """The columns that reference another table, each with what it references."""
        return tuple((c, c.references) for c in self.columns if c.references is not None)

    @cached_property
    def unique_keys(self) -> frozenset[tuple[str, ...]]:
        """The lists of columns that no two rows may share."""
        return frozenset(index.columns for index in self.indexes if index.unique)

    @cached_property
    def autoincrement_columns(self) -> tuple[ColumnDefinition, ...]:
        """The columns that number themselves, in declaration order."""
        return tuple(column for column in self.columns if column.autoincrement)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in declaration order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def positions(self) -> dict[str, int]:
        """The place of each column, by name."""
        return {column.name: position for position, column in enumerate(self.columns)}


def define_table(
    name: str,
    primary_key: str | Sequence[str],
    columns: Sequence[ColumnDefinition],
    indexes: Sequence[Sequence[str]] = (),
    alignment: int = DEFAULT_ALIGNMENT,
    unique: Sequence[Sequence[str]] = (),
) -> TableDefinition:
    """The definition of a new table, or InvalidDefinition saying what is wrong with it.

    `indexes` are the declared ones, without the primary key and unique columns; `unique` those over
    several columns that no two rows may share. The column `primary_key` is marked as such and
    unique; for a key of several columns `ROW_NUMBER` is, which is added if need be. A table of only
    fixed-size columns stores the size of its rows as alignment, whatever is asked.
    """
    _check_name(name, table=name, key="name")
    if not isinstance(primary_key, str):
        _check_composite_key(name, primary_key, columns)
        columns, unique = _with_row_number(columns), _with_key(unique, primary_key)
        primary_key = ROW_NUMBER
    _check_columns(name, columns)
    _check_primary_key(name, primary_key, columns)
    for column in columns:
        _check_column(name, column)
    names = {column.name for column in columns}
    _check_declared_indexes(name, "indexes", indexes, names)
    _check_unique(name, unique, indexes, names)
    marked = tuple(
        replace(column, primary_key=True, unique=True) if column.name == primary_key else column
        for column in columns
    )
    stored_alignment = _stored_alignment(name, columns, alignment)
    derived = derived_indexes(primary_key, marked, indexes, unique)
    return TableDefinition(name, primary_key, stored_alignment, marked, derived)


def declared_indexes(table: TableDefinition) -> tuple[tuple[str, ...], ...]:
    """The indexes that do not follow from the primary key and what is unique, each once."""
    unique = [column for column in table.columns if column.unique or column.primary_key]
    implied: set[tuple[str, ...]] = {(column.name,) for column in unique}
    implied.update(declared_unique(table))
    columns = (index.columns for index in table.indexes)
    return tuple(dict.fromkeys(each for each in columns if each not in implied))


def declared_unique(table: TableDefinition) -> tuple[tuple[str, ...], ...]:
    """The lists of several columns that no two rows may share, each once."""
    columns = (index.columns for index in table.indexes if index.unique)
    return tuple(dict.fromkeys(each for each in columns if len(each) > 1))


def invalid_definition(
    expected: str, *, table: str, key: str, column: str | None = None
) -> InvalidDefinition:
    """The error that says what `key` of a table or of one of its columns must be."""
    where = f"table {table!r}" if column is None else f"table {table!r}, column {column!r}"
    message = f"{where}: {key} must be {expected}"
    return InvalidDefinition(message, table=table, column=column, key=key, expected=expected)


def _body_size(columns: Iterable[ColumnDefinition]) -> int | None:
    """Bytes of every record's body, or None when records differ in size."""
    widths = [0 if column.nullable else column.type.width for column in columns]
    return sum(widths) if all(widths) else None


def derived_indexes(
    primary_key: str,
    columns: Iterable[ColumnDefinition],
    declared: Iterable[Sequence[str]],
    unique: Iterable[Sequence[str]],
) -> tuple[IndexDefinition, ...]:
    """All indexes of a table with these columns and declared indexes, in the order of the file."""
    keys: list[tuple[str, ...]] = [(primary_key,)]
    keys += [(each.name,) for each in columns if each.unique and not each.primary_key]
    keys += map(tuple, unique)
    plain = [tuple(names) for names in declared if tuple(names) not in keys]
    return tuple(
        [IndexDefinition(names, unique=True) for names in keys]
        + [IndexDefinition(names) for names in plain]
    )


def _stored_alignment(table: str, columns: Iterable[ColumnDefinition], alignment: int) -> int:
    if alignment not in ALIGNMENTS:
        expected = f"a power of two from {ALIGNMENTS[0]} to {ALIGNMENTS[-1]}, not {alignment!r}"
        raise invalid_definition(expected, table=table, key="alignment")
    body_size = _body_size(columns)
    if body_size is None:
        return alignment
    if body_size > RECORD_BODY_SIZE_MAX:
        expected = f"{RECORD_BODY_SIZE_MAX} bytes wide together at most, not {body_size}"
        raise invalid_definition(expected, table=table, key="columns")
    return body_size


def _check_name(name: str, *, table: str, key: str, column: str | None = None) -> None:
    """Refuse a name that does not fit into the file."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        size = 0
    if not 1 <= size <= NAME_SIZE_MAX:
        expected = f"1 to {NAME_SIZE_MAX} bytes of UTF-8 text, not {name[:40]!r}"
        raise invalid_definition(expected, table=table, key=key, column=column)


def _check_columns(table: str, columns: Sequence[ColumnDefinition]) -> None:
    if not 1 <= len(columns) <= COLUMN_COUNT_MAX:
        expected = f"1 to {COLUMN_COUNT_MAX} of them, not {len(columns)}"
        raise invalid_definition(expected, table=table, key="columns")
    seen = set()
    for column in columns:
        _check_name(column.name, table=table, key="name", column=column.name)
        if column.name in seen:
            expected = "different from every other column's"
            raise invalid_definition(expected, table=table, key="name", column=column.name)
        seen.add(column.name)
    automatic = sum(column.autoincrement for column in columns)
    if automatic > AUTOINCREMENT_COUNT_MAX:
        expected = f"set on {AUTOINCREMENT_COUNT_MAX} columns at most, not {automatic}"
        raise invalid_definition(expected, table=table, key="autoincrement")


def _check_primary_key(table: str, primary_key: str, columns: Iterable[ColumnDefinition]) -> None:
    for column in columns:
        if column.name == primary_key and column.nullable:
            expected = "false for the primary key"
            raise invalid_definition(expected, table=table, key="nullable", column=primary_key)
        if column.primary_key and column.name != primary_key:
            expected = f"the one column {primary_key!r}"
            raise invalid_definition(expected, table=table, key="primary_key", column=column.name)
    if all(column.name != primary_key for column in columns):
        expected = f"one of the columns, not {primary_key!r}"
        raise invalid_definition(expected, table=table, key="primary_key")


def _check_composite_key(
    table: str, key: Sequence[str], columns: Iterable[ColumnDefinition]
) -> None:
    _check_declared_indexes(table, "primary_key", [key], {column.name for column in columns})
    expected = None
    if len(key) == 1:
        expected = f"of several columns as a list, or {key[0]!r} itself"
    elif ROW_NUMBER in key:
        expected = f"of columns other than {ROW_NUMBER!r}, which numbers the rows"
    if expected is not None:
        raise invalid_definition(expected, table=table, key="primary_key")
    for column in columns:
        if column.name in key and column.nullable:
            expected = "false for a column of the primary key"
            raise invalid_definition(expected, table=table, key="nullable", column=column.name)
        if column.name == ROW_NUMBER and not (column.type == UINT64 and column.autoincrement):
            expected = "a uint64 with autoincrement, for it numbers the rows"
            raise invalid_definition(expected, table=table, key="type", column=ROW_NUMBER)


def _with_row_number(columns: Sequence[ColumnDefinition]) -> Sequence[ColumnDefinition]:
    if any(column.name == ROW_NUMBER for column in columns):
        return columns
    return (ColumnDefinition(ROW_NUMBER, UINT64, autoincrement=True), *columns)


def _with_key(unique: Sequence[Sequence[str]], key: Sequence[str]) -> Sequence[Sequence[str]]:
    """The key comes first: that is how it is known in the file."""
    return (key, *(each for each in unique if tuple(each) != tuple(key)))


def _check_column(table: str, column: ColumnDefinition) -> None:
    """Refuse properties of a column that contradict each other or do not fit into the file."""
    _check_custom_type(table, column)
    if column.autoincrement and (not column.type.is_integer or column.nullable):
        expected = f"on a required integer, not on a {_described(column)}"
        raise invalid_definition(expected, table=table, key="autoincrement", column=column.name)
    if column.autoincrement and column.default is not None:
        expected = "absent when the column numbers itself"
        raise invalid_definition(expected, table=table, key="default", column=column.name)
    if column.default is not None and column.default.cell is None and not column.nullable:
        expected = "a value: the column is not nullable"
        raise invalid_definition(expected, table=table, key="default", column=column.name)
    if column.references is not None:
        for name, key in (
            (column.references.table, "references.table"),
            (column.references.column, "references.column"),
        ):
            _check_name(name, table=table, key=key, column=column.name)


def _check_custom_type(table: str, column: ColumnDefinition) -> None:
    if column.type.name != "custom":
        return
    _check_name(column.type.custom_tag, table=table, key="type.custom", column=column.name)
    if not 0 <= column.type.width <= CUSTOM_WIDTH_MAX:
        expected = f"1 to {CUSTOM_WIDTH_MAX} bytes, not {column.type.width}"
        raise invalid_definition(expected, table=table, key="type.width", column=column.name)


def _described(column: ColumnDefinition) -> str:
    return f"nullable {column.type}" if column.nullable else str(column.type)


def _check_declared_indexes(
    table: str, key: str, indexes: Iterable[Sequence[str]], names: set[str]
) -> None:
    seen = set()
    for index in indexes:
        columns = tuple(index)
        listed = ", ".join(columns[:8])
        if not 1 <= len(columns) <= INDEX_COLUMN_COUNT_MAX:
            expected = f"over 1 to {INDEX_COLUMN_COUNT_MAX} columns each, not {len(columns)}"
        elif unknown := [name for name in columns if name not in names]:
            expected = f"over columns of the table; it has no {unknown[0]!r}"
        elif len(set(columns)) < len(columns):
            expected = f"over different columns each, not ({listed})"
        elif columns in seen:
            expected = f"different from each other, not ({listed}) twice"
        else:
            seen.add(columns)
            continue
        raise invalid_definition(expected, table=table, key=key)


def _check_unique(
    table: str,
    unique: Sequence[Sequence[str]],
    indexes: Iterable[Sequence[str]],
    names: set[str],
) -> None:
    _check_declared_indexes(table, "unique", unique, names)
    plain = set(map(tuple, indexes))
    for columns in map(tuple, unique):
        listed = ", ".join(columns[:8])
        if len(columns) == 1:
            expected = f"over several columns each; {listed!r} alone is unique as a column"
        elif columns in plain:
            expected = f"different from the other indexes, not ({listed}) twice"
        else:
            continue
        raise invalid_definition(expected, table=table, key="unique")
