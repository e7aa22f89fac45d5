"""A single value with its type in front, as index keys, defaults and counters store it.

    NULL                    tag 10
    fixed width             tag | cell                             uint32 1      0e 01 00 00 00
    text, blob, json        tag | u16 size | cell                  text "ab"     0b 02 00 61 62
    custom, fixed width     tag | u16 size | name | u16 width | cell
    custom, variable        tag | u16 size | name | u16 size + 2 | u16 size | cell

The value tag of a type is `DataType.tag`; `name` is the UTF-8 text of a custom type's own tag. A
custom value does not say whether its width is fixed, so reading one takes the type that is expected
there."""

from collections.abc import Callable
from functools import partial
from struct import Struct, error

from wasidb_guest.encoding.cells import (
    CELL_SIZE_MAX,
    ENCODERS,
    FORMATS,
    BadCell,
    Cell,
    bad_cell,
    decode_cell,
    encode_cell,
)
from wasidb_guest.encoding.reader import Reader
from wasidb_guest.values import BUILT_IN, NULL_TAG, DataType

TAGGED_NULL = bytes((NULL_TAG,))
SIZE_TAG_SIZE = Struct("<IBH")
TYPES_BY_TAG = {data_type.tag: data_type for data_type in BUILT_IN.values()}


def encode_tagged(data_type: DataType, cell: object) -> bytes:
    """The bytes of a cell with its type in front; BadCell when the type cannot hold it."""
    if cell is None:
        return TAGGED_NULL
    encoded = encode_cell(data_type, cell)
    if data_type.custom_tag and len(encoded) > CELL_SIZE_MAX - 2:
        raise BadCell(f"at most {CELL_SIZE_MAX - 2} bytes long", limit="key size")
    prefix = tagged_prefix(data_type)
    if data_type.width:
        return prefix + encoded
    return prefix + tagged_sizes(data_type, len(encoded)) + encoded


def key_column(data_type: DataType) -> Callable[[object], bytes]:
    """What writes the cells of a type as columns of an index key, u32 size | tagged value; BadCell
    when the type cannot hold one.
    """
    prefix = tagged_prefix(data_type)
    if data_type.is_integer:
        column = Struct("<IB" + FORMATS[data_type.name])
        front = partial(column.pack, len(prefix) + data_type.width, data_type.tag)
        return partial(_integer_column, data_type, front)
    encode = partial(ENCODERS[data_type.name], data_type)
    if data_type.is_fixed:
        return partial(_fixed_column, encode, _u32(len(prefix) + data_type.width) + prefix)
    if size_field_count(data_type) == 1:
        return partial(_text_column, encode, data_type.tag)
    return partial(_any_column, data_type)


def _integer_column(data_type: DataType, pack: Callable[[int], bytes], cell: object) -> bytes:
    """The same in one step, for the keys that most look-ups have."""
    if type(cell) is int:
        try:
            return pack(cell)
        except error:
            pass
    elif cell is None:
        return NULL_COLUMN
    raise bad_cell(data_type)


def _fixed_column(encode: Callable[[object], bytes], front: bytes, cell: object) -> bytes:
    return NULL_COLUMN if cell is None else front + encode(cell)


def _text_column(encode: Callable[[object], bytes], tag: int, cell: object) -> bytes:
    if cell is None:
        return NULL_COLUMN
    encoded = encode(cell)
    size = len(encoded)
    return SIZE_TAG_SIZE.pack(size + 3, tag, size) + encoded


def _any_column(data_type: DataType, cell: object) -> bytes:
    return sized_column(encode_tagged(data_type, cell))


def sized_column(tagged: bytes) -> bytes:
    """A tagged value, or no more than its tag, as a column of an index key."""
    return _u32(len(tagged)) + tagged


def tagged_prefix(data_type: DataType) -> bytes:
    """The bytes in front of every tagged value of a type: everything up to the cell, or up to its
    size.

    A tagged value is this prefix, then `tagged_sizes`, empty for a fixed width, then the cell.
    """
    tag = bytes((data_type.tag,))
    if not data_type.custom_tag:
        return tag
    name = data_type.custom_tag.encode()
    width = _u16(data_type.width) if data_type.is_fixed else b""
    return tag + _u16(len(name)) + name + width


def size_field_count(data_type: DataType) -> int:
    """How many size fields stand between prefix and cell: one for a variable width, two if it is
    custom.
    """
    if data_type.is_fixed:
        return 0
    return 2 if data_type.custom_tag else 1


def tagged_sizes(data_type: DataType, size: int) -> bytes:
    """The size fields between prefix and cell; the first of two counts the second."""
    sizes = range(size + 2 * size_field_count(data_type) - 2, size - 1, -2)
    return b"".join(map(_u16, sizes))


def decode_tagged(reader: Reader, data_type: DataType) -> Cell:
    """The next tagged value, which must be NULL or of the type; Corrupted otherwise."""
    start = reader.offset
    encoded = take_tagged(reader, data_type)
    if encoded is None:
        return None
    try:
        return decode_cell(data_type, encoded)
    except BadCell as problem:
        raise reader.corrupted(f"{data_type} value is not {problem.expected}", start) from None


def take_tagged(reader: Reader, data_type: DataType) -> bytes | None:
    """The stored bytes of the next tagged cell, or None for NULL."""
    start = reader.offset
    if peek_tag(reader) == NULL_TAG:
        reader.take(1, "tag")
        return None
    prefix = tagged_prefix(data_type)
    if reader.take(len(prefix), f"{data_type} value") != prefix:
        raise reader.corrupted(f"value is not of type {data_type}", start)
    if data_type.is_fixed:
        return reader.take(data_type.width, f"{data_type} value")
    if data_type.custom_tag:
        return _take_custom(reader, data_type)
    return reader.take(reader.u16(f"{data_type} size"), f"{data_type} value")


def peek_tag(reader: Reader) -> int:
    """The tag of the next value, which stays unread."""
    tag = reader.u8("tag")
    reader.offset -= 1
    return tag


def _take_custom(reader: Reader, data_type: DataType) -> bytes:
    value = reader.part(reader.u16(f"{data_type} size"), f"{data_type} value")
    encoded = value.take(value.u16(f"{data_type} size"), f"{data_type} value")
    value.expect_end(f"{data_type} value")
    return encoded


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "little")


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


NULL_COLUMN = sized_column(TAGGED_NULL)
