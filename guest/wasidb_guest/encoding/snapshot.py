"""The stored form of a table definition, called its snapshot, and the hashes made from it.

    table    u8 version 1 | str8 name | str8 primary key | u32 alignment
             u16 count | columns, each u16 size and:
    column     str8 name | type | u8 flags
               u8 0, or 1 | u16 size | str8 table | str8 column | u8 on delete        foreign key
               u8 0, or 1 | u16 size | tagged value                                   default
             u16 count | indexes, each u16 size and:
    index      u8 count | str8 columns | u8 unique
    type     u8 snapshot tag; custom f0 | 01 | u32 width | str8 tag, or f0 | 02 | str8 tag, the
             width varying
    flags    1 nullable, 2 autoincrement, 4 unique, 8 primary key
    str8     u8 size and UTF-8 text; all sizes count the bytes that follow them

Encoding what was decoded gives the same bytes. Decoding trusts nothing: every field is checked
against its neighbours, so that the definition can be used without further doubt."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from wasidb_guest.definitions import (
    RECORD_BODY_SIZE_MAX,
    ColumnDefinition,
    Default,
    ForeignKey,
    IndexDefinition,
    OnDelete,
    TableDefinition,
)
from wasidb_guest.encoding.cells import BadCell, encode_cell
from wasidb_guest.encoding.reader import Reader, str8
from wasidb_guest.encoding.tagged import (
    TYPES_BY_TAG,
    decode_tagged,
    encode_tagged,
    peek_tag,
)
from wasidb_guest.encoding.xxh3 import xxh3_64
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.values import BUILT_IN, CUSTOM_SNAPSHOT_TAG, DataType, custom

Part = TypeVar("Part")

VERSION = 1
SNAPSHOT_SIZE_MAX = 65_536
PART_SIZE_MAX = 65_535
ALIGNMENT_MIN, ALIGNMENT_MAX = 8, 65_535

FLAGS = (("nullable", 1), ("autoincrement", 2), ("unique", 4), ("primary_key", 8))
ON_DELETE: dict[OnDelete, int] = {"restrict": 1, "cascade": 2}
FIXED_WIDTH, VARIABLE_WIDTH = 1, 2

TYPES_BY_SNAPSHOT_TAG = {data_type.snapshot_tag: data_type for data_type in BUILT_IN.values()}
ON_DELETE_BY_NUMBER = {number: name for name, number in ON_DELETE.items()}


def fingerprint(table_name: str) -> int:
    """The number by which the file knows a table."""
    return xxh3_64(table_name.encode())


def schema_hash(definitions: Iterable[TableDefinition]) -> int:
    """The number that tells whether two sets of tables are the same, whatever their order."""
    stream = bytearray((VERSION,))
    for definition in sorted(definitions, key=lambda each: each.name):
        snapshot = encode_snapshot(definition)
        stream += len(snapshot).to_bytes(8, "little") + snapshot
    return xxh3_64(bytes(stream))


def encode_snapshot(definition: TableDefinition) -> bytes:
    """The stored bytes of a table definition; LimitExceeded when they do not fit one page."""
    columns = [_encode_column(definition.name, column) for column in definition.columns]
    indexes = [_encode_index(index) for index in definition.indexes]
    snapshot = b"".join(
        (
            bytes((VERSION,)),
            str8(definition.name),
            str8(definition.primary_key),
            definition.alignment.to_bytes(4, "little"),
            _encode_list(columns),
            _encode_list(indexes),
        )
    )
    if len(snapshot) > SNAPSHOT_SIZE_MAX:
        message = f"the definition of table {definition.name!r} takes {len(snapshot)} bytes"
        raise LimitExceeded(
            f"{message}; {SNAPSHOT_SIZE_MAX} is the limit",
            limit="table definition size",
            table=definition.name,
        )
    return snapshot


def decode_snapshot(buffer: bytes | bytearray | memoryview, page: int) -> TableDefinition:
    """The table definition at the start of `buffer`, which holds page number `page`."""
    reader = Reader(buffer, page)
    version = reader.u8("snapshot version")
    if version != VERSION:
        raise reader.corrupted(f"snapshot version is {version} instead of {VERSION}", 0)
    definition = TableDefinition(
        name=_name(reader, "table name"),
        primary_key=_name(reader, "primary key"),
        alignment=reader.u32("alignment"),
        columns=_decode_list(reader, "column", _decode_column),
        indexes=_decode_list(reader, "index", _decode_index),
    )
    problem = _contradiction(definition)
    if problem is not None:
        raise reader.corrupted(f"definition of table {definition.name!r}: {problem}", 0)
    return definition


# Writing.


def _encode_column(table: str, column: ColumnDefinition) -> bytes:
    flags = sum(bit for name, bit in FLAGS if getattr(column, name))
    fields = str8(column.name) + _encode_type(column.type) + bytes((flags,))
    key, default = column.references, column.default
    fields += _encode_optional(None if key is None else _encode_foreign_key(key))
    if default is None:
        return fields + _encode_optional(None)
    tagged = _encode_default(default, table, column.name)
    if len(fields) + 3 + len(tagged) > PART_SIZE_MAX:
        message = f"column {table}.{column.name} has a default of too many bytes"
        limit = "column definition size"
        raise LimitExceeded(message, limit=limit, table=table, column=column.name)
    return fields + _encode_optional(tagged)


def _encode_type(data_type: DataType) -> bytes:
    tag = bytes((data_type.snapshot_tag,))
    if not data_type.custom_tag:
        return tag
    name = str8(data_type.custom_tag)
    if not data_type.is_fixed:
        return tag + bytes((VARIABLE_WIDTH,)) + name
    return tag + bytes((FIXED_WIDTH,)) + data_type.width.to_bytes(4, "little") + name


def _encode_foreign_key(key: ForeignKey) -> bytes:
    return str8(key.table) + str8(key.column) + bytes((ON_DELETE[key.on_delete],))


def _encode_default(default: Default, table: str, column: str) -> bytes:
    try:
        return encode_tagged(default.type, default.cell)
    except BadCell as problem:
        raise problem.located(default.cell, table=table, column=column) from None


def _encode_index(index: IndexDefinition) -> bytes:
    names = b"".join(map(str8, index.columns))
    return bytes((len(index.columns),)) + names + bytes((index.unique,))


def _encode_optional(fields: bytes | None) -> bytes:
    return b"\x00" if fields is None else b"\x01" + _sized(fields)


def _encode_list(parts: Sequence[bytes]) -> bytes:
    return len(parts).to_bytes(2, "little") + b"".join(map(_sized, parts))


def _sized(fields: bytes) -> bytes:
    return len(fields).to_bytes(2, "little") + fields


# Reading.


def _decode_list(reader: Reader, what: str, decode: Callable[[Reader], Part]) -> tuple[Part, ...]:
    """A count and that many parts, each with its size in front and used up to the last byte."""
    parts = []
    for _ in range(reader.u16(f"{what} count")):
        part = reader.part(reader.u16(f"{what} size"), what)
        parts.append(decode(part))
        part.expect_end(what)
    return tuple(parts)


def _decode_column(reader: Reader) -> ColumnDefinition:
    name = _name(reader, "column name")
    data_type = _decode_type(reader)
    flags = reader.u8("column flags")
    if flags >= 16:
        raise reader.corrupted(f"column flags are {flags:#x}", reader.offset - 1)
    return ColumnDefinition(
        name,
        data_type,
        **{flag: bool(flags & bit) for flag, bit in FLAGS},
        references=_decode_foreign_key(reader),
        default=_decode_default(reader, data_type),
    )


def _decode_type(reader: Reader) -> DataType:
    tag = reader.u8("column type")
    if tag in TYPES_BY_SNAPSHOT_TAG:
        return TYPES_BY_SNAPSHOT_TAG[tag]
    if tag != CUSTOM_SNAPSHOT_TAG:
        raise reader.corrupted(f"{tag:#x} is no column type", reader.offset - 1)
    start = reader.offset
    kind = reader.u8("kind of width")
    if kind not in (FIXED_WIDTH, VARIABLE_WIDTH):
        raise reader.corrupted(f"{kind} is no kind of width", start)
    width = reader.u32("width") if kind == FIXED_WIDTH else 0
    if kind == FIXED_WIDTH and not 1 <= width <= RECORD_BODY_SIZE_MAX:
        raise reader.corrupted(f"a custom type is {width} bytes wide", start)
    return custom(_name(reader, "custom type"), width)


def _decode_foreign_key(reader: Reader) -> ForeignKey | None:
    if not reader.flag("foreign key flag"):
        return None
    part = reader.part(reader.u16("foreign key size"), "foreign key")
    table, column = _name(part, "referenced table"), _name(part, "referenced column")
    number = part.u8("on delete")
    if number not in ON_DELETE_BY_NUMBER:
        raise part.corrupted(f"{number} is no on-delete behaviour", part.offset - 1)
    part.expect_end("foreign key")
    return ForeignKey(table, column, ON_DELETE_BY_NUMBER[number])


def _decode_default(reader: Reader, column_type: DataType) -> Default | None:
    if not reader.flag("default flag"):
        return None
    part = reader.part(reader.u16("default size"), "default")
    start = part.offset
    data_type = _default_type(peek_tag(part), column_type)
    default = Default(decode_tagged(part, data_type), data_type)
    part.expect_end("default")
    if data_type is not column_type:
        try:
            encode_cell(column_type, default.cell)
        except BadCell as problem:
            raise part.corrupted(f"default is not {problem.expected}", start) from None
    return default


def _default_type(tag: int, column_type: DataType) -> DataType:
    """The column's type, or the narrower integer that it was before the Rust engine widened it."""
    stored = TYPES_BY_TAG.get(tag, column_type)
    return stored if stored.is_integer and column_type.is_integer else column_type


def _decode_index(reader: Reader) -> IndexDefinition:
    count = reader.u8("count of index columns")
    columns = tuple(_name(reader, "index column") for _ in range(count))
    return IndexDefinition(columns, reader.flag("unique flag"))


def _name(reader: Reader, what: str) -> str:
    start = reader.offset
    name = reader.str8(what)
    if not name:
        raise reader.corrupted(f"{what} is empty", start)
    return name


def _contradiction(definition: TableDefinition) -> str | None:
    """What makes the definition unusable although each of its fields can be read."""
    names = {column.name for column in definition.columns}
    if len(names) < len(definition.columns):
        return "two columns have the same name"
    if definition.primary_key not in names:
        return f"the primary key {definition.primary_key!r} is no column"
    for index in definition.indexes:
        if not index.columns or not names.issuperset(index.columns):
            return f"an index is over {index.columns!r}"
    if IndexDefinition((definition.primary_key,), unique=True) not in definition.indexes:
        return "the primary key has no index"
    for column in definition.autoincrement_columns:
        if not column.type.is_integer or column.nullable:
            return f"column {column.name!r} cannot number itself"
    if definition.is_fixed_size and definition.stride - 2 > RECORD_BODY_SIZE_MAX:
        return f"its records are {definition.stride} bytes long"
    if not definition.is_fixed_size and not ALIGNMENT_MIN <= definition.alignment <= ALIGNMENT_MAX:
        return f"its alignment is {definition.alignment}"
    return None
