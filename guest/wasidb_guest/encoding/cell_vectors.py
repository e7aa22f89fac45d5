"""Columns of cells to vectors and back, and vectors made from vectors.

    cells    ["ab", None, "c"]  ──vector_from_cells──▶  Vector(text, 3, b"abc", [0, 2, 2, 3], 0b101)
                                ◀──vector_to_cells───

A column goes through as a whole, with builtins that loop in C: NULLs are told apart as *flags*, a
byte a row, 1 for a cell and 0 for NULL; the remaining cells are packed or joined at once. Only when
that fails does a loop look for the row to blame, so `cells.encode_cell` is what decides and the
encoders here may refuse nothing that it takes.

The rows-JSON variants differ for bytes (base64) and for floats that are not finite.
"""

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, repeat
from math import isfinite, isnan
from operator import getitem, is_not
from typing import Any, Literal, NoReturn, TypeAlias

from wasidb_guest.encoding import json_text, text_forms
from wasidb_guest.encoding.cells import (
    BASE64_DECODER,
    BASE64_ENCODER,
    BYTES_TYPES,
    CELL_SIZE_MAX,
    FLOAT_WORDS,
    FORMATS,
    INFINITIES,
    BadCell,
    bad_cell,
    cell_too_large,
    decode_base64,
    encode_cell,
    shortest_float32,
)
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.encoding.gather import (
    append_offsets,
    gather_fixed,
    gather_flags,
    gather_integers,
    gather_offsets,
    gather_variable,
)
from wasidb_guest.encoding.records import pack_flags, unpack_flags
from wasidb_guest.errors import Internal, LimitExceeded, NotNullViolated
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import Vector, bitmap_size

VECTOR_SIZE_MAX = (1 << 31) - 1
EVERY_ROW = b""
"""Flags of a column without NULL, as the kernels take them."""
UnsignedFormat: TypeAlias = Literal["B", "H", "I", "Q"]
UNSIGNED: dict[int, UnsignedFormat] = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Integers by their width: cells of these widths are copied as such."""

Stored: TypeAlias = tuple[Any, Any]
"""Data and offsets of a vector."""


def vector_from_cells(
    data_type: DataType, cells: Sequence[object], *, table: str, column: str, nullable: bool
) -> Vector:
    """The column of a table as a vector.

    InvalidValue or LimitExceeded for the first cell its type cannot hold, NotNullViolated for the
    first NULL where none may be; both name table, column and row, counted from 0.
    """
    flags = _flags_of(cells) if None in cells else EVERY_ROW
    if flags and not nullable:
        raise NotNullViolated(table, column, flags.index(0))
    try:
        if len(cells) == 1:  # most statements insert one row, not worth the tools for many
            return constant_vector(data_type, cells[0], 1)
        filled = _chosen(flags, cells, ZEROS.get(data_type.name, bytes(data_type.width)))
        data, offsets = ENCODERS[data_type.name](data_type, filled, flags)
    except (BadCell, struct.error, OverflowError, UnicodeEncodeError):
        _blame(encode_cell, data_type, cells, table, column)
    return Vector(data_type, len(cells), data, offsets, bitmap_of(flags))


def vector_to_cells(vector: Vector) -> list[Any]:
    """The cells of a vector; BadCell if stored text is not UTF-8."""
    return with_nulls(vector, DECODERS[vector.type.name](vector))


def vector_from_json(
    data_type: DataType, values: Sequence[object], *, table: str, column: str, nullable: bool
) -> Vector:
    """The same as `vector_from_cells` for a column in rows-JSON form."""
    cells = values
    if data_type.name in ("blob", "custom"):
        flags = _flags_of(values)
        try:
            decoded = list(map(BASE64_DECODER, _chosen(flags, values, "")))
        except (TypeError, ValueError):
            _blame(decode_base64, data_type, values, table, column)
        cells = _chosen(flags, decoded, None)
    return vector_from_cells(data_type, cells, table=table, column=column, nullable=nullable)


def vector_to_json(vector: Vector) -> list[Any]:
    """The cells of a vector as rows-JSON has them."""
    cells = DECODERS[vector.type.name](vector)
    if vector.type.name in ("blob", "custom"):
        cells = list(map(bytes.decode, map(BASE64_ENCODER, cells)))
    elif vector.type.is_float and not all(map(isfinite, cells)):
        named: Iterable[Any] = map(INFINITIES.get, cells, cells)
        cells = list(map(getitem, zip(named, repeat("NaN")), map(isnan, cells)))
    return with_nulls(vector, cells)


def constant_vector(data_type: DataType, cell: object, count: int) -> Vector:
    """The same cell `count` times; BadCell when the type cannot hold it."""
    encoded = bytes(data_type.width) if cell is None else encode_cell(data_type, cell)
    offsets = None if data_type.width else _offsets_of(repeat(len(encoded), count))
    validity = bytearray(bitmap_size(count)) if cell is None else None
    return Vector(data_type, count, bytearray(encoded * count), offsets, validity)


def take(vector: Vector, rows: memoryview) -> Vector:
    """The given rows, u32 numbers in any order; `vectors.NO_ROW` gives NULL."""
    count, offsets, is_complete = len(rows), None, False
    if vector.type.width in UNSIGNED:
        data, is_complete = _taken_integers(vector, rows)
    elif vector.offsets is None:
        data = bytearray(vector.type.width * count)
        gather_fixed(vector.data, vector.type.width, rows, data)
    else:
        offsets = _new_offsets(count)
        size = gather_offsets(vector.offsets, rows, offsets)
        if size < 0:
            raise vector_too_large()
        data = bytearray(size)
        gather_variable(*pointed_to(vector.data), vector.offsets, rows, data, size)
    if is_complete and vector.validity is None:
        return Vector(vector.type, count, data)
    flags = bytearray(count)
    gather_flags(EVERY_ROW if vector.validity is None else vector.validity, rows, flags)
    return Vector(vector.type, count, data, offsets, bitmap_of(flags))


def _taken_integers(vector: Vector, rows: memoryview) -> tuple[bytearray, bool]:
    """The cells of a width that integers have at the given rows, and whether there are all."""
    unsigned = UNSIGNED[vector.type.width]
    cells = bytearray(vector.type.width * len(rows))
    integers = memoryview(vector.data).cast("B").cast(unsigned)
    return cells, gather_integers(integers, rows, memoryview(cells).cast(unsigned))


def concat(vectors: Sequence[Vector]) -> Vector:
    """The rows of one or more vectors of the same type, one vector after the other."""
    if len(vectors) == 1:
        return vectors[0]
    data = bytearray().join([each.data for each in vectors])
    offsets = None if vectors[0].offsets is None else _joined_offsets(vectors)
    count = sum([each.count for each in vectors])
    has_null = any([each.validity is not None for each in vectors])
    flags = b"".join(map(valid_flags, vectors)) if has_null else EVERY_ROW
    return Vector(vectors[0].type, count, data, offsets, bitmap_of(flags))


def valid_flags(vector: Vector) -> bytes:
    """A byte a row: 1 for a cell, 0 for NULL."""
    if vector.validity is None:
        return b"\x01" * vector.count
    flags = bytearray(vector.count)
    unpack_flags(vector.validity, vector.count, flags)
    return bytes(flags)


def with_nulls(vector: Vector, values: list[Any], instead: object = None) -> list[Any]:
    """`values`, one for each row, with `instead` in place of those whose cell is NULL."""
    return values if vector.validity is None else _chosen(valid_flags(vector), values, instead)


def stored_cells(vector: Vector) -> list[bytes]:
    """The stored bytes of each cell; those of NULL are zero or empty."""
    data = bytes(vector.data)
    if vector.offsets is None:
        width = vector.type.width
        offsets: Sequence[int] = range(0, vector.count * width + 1, width)
    else:
        offsets = vector.offsets.tolist()
    return list(map(data.__getitem__, map(slice, offsets, offsets[1:])))


# Flags, bitmaps, offsets.


def _flags_of(cells: Sequence[object]) -> bytes:
    return bytes(map(is_not, cells, repeat(None)))


def _chosen(flags: bytes, values: Sequence[object], instead: object) -> list[Any]:
    """`values`, with `instead` where the flag is 0."""
    if not flags:
        return list(values)
    return list(map(getitem, zip(repeat(instead), values), flags))


def bitmap_of(flags: bytes | bytearray) -> bytearray | None:
    """The validity of a vector from a byte a row; None when nothing is NULL."""
    if 0 not in flags:
        return None
    bitmap = bytearray(bitmap_size(len(flags)))
    pack_flags(flags, len(flags), bitmap)
    return bitmap


def _new_offsets(count: int) -> memoryview:
    """Room for the offsets of `count` cells, all zero."""
    return memoryview(bytearray(4 * (count + 1))).cast("i")


def _offsets_of(sizes: Iterable[int]) -> memoryview:
    ends = list(accumulate(sizes, initial=0))
    if ends[-1] > VECTOR_SIZE_MAX:
        raise vector_too_large()
    return memoryview(array("i", ends))


def _joined_offsets(vectors: Sequence[Vector]) -> memoryview:
    joined = _new_offsets(sum([each.count for each in vectors]))
    base, at = 0, 1
    for each in vectors:
        if base + each.offsets[each.count] > VECTOR_SIZE_MAX:
            raise vector_too_large()
        append_offsets(each.offsets, base, joined, at)
        base += each.offsets[each.count]
        at += each.count
    return joined


def vector_too_large() -> LimitExceeded:
    """The error of a column whose cells are more than int32 offsets can count."""
    message = f"the cells of one column take more than {VECTOR_SIZE_MAX} bytes at once"
    return LimitExceeded(message, limit="column size")


def _blame(
    check: Callable[[DataType, Any], object],
    data_type: DataType,
    cells: Sequence[object],
    table: str,
    column: str,
) -> NoReturn:
    """Report the first cell that `check` refuses."""
    for row, cell in enumerate(cells):
        if cell is not None:
            try:
                check(data_type, cell)
            except BadCell as problem:
                raise problem.located(cell, table=table, column=column, row=row) from None
    raise Internal(f"{table}.{column}: a column is refused and none of its cells")


# Columns to data and offsets. NULLs come as the type's entry in ZEROS, and flagged.


def _encode_integers(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, (int,))
    return _pack(data_type, cells)


def _encode_floats(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, (int, float, str))
    return _pack(data_type, list(map(FLOAT_WORDS.get, cells, cells)))


def _encode_booleans(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, (bool,))
    return bytearray(cells), None


def _encode_text_forms(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, (str,))
    text = "".join(cells)
    if not text.isascii():
        raise bad_cell(data_type)
    stored = bytearray(len(cells) * data_type.width)
    offsets = _offsets_of(map(len, cells))
    if text_forms.parse_column(data_type.tag, text.encode(), offsets, flags, stored) >= 0:
        raise bad_cell(data_type)
    return stored, None


def _encode_texts(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, (str,))
    return _joined(list(map(str.encode, cells)))


def _encode_jsons(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    data, offsets = _encode_texts(data_type, cells, flags)
    if json_text.check_column(data, offsets, flags) >= 0:
        raise bad_cell(data_type)
    return data, offsets


def _encode_bytes(data_type: DataType, cells: list[Any], flags: bytes) -> Stored:
    _check_types(data_type, cells, BYTES_TYPES)
    pieces = list(map(bytes, cells))
    if not data_type.is_fixed:
        return _joined(pieces)
    if set(map(len, pieces)) - {data_type.width}:
        raise bad_cell(data_type)
    return bytearray().join(pieces), None


def _check_types(data_type: DataType, cells: list[Any], types: tuple[type, ...]) -> None:
    if not set(map(type, cells)).issubset(types):
        raise bad_cell(data_type)


def _pack(data_type: DataType, numbers: list[Any]) -> Stored:
    data = bytearray(len(numbers) * data_type.width)
    struct.pack_into(f"<{len(numbers)}{FORMATS[data_type.name]}", data, 0, *numbers)
    return data, None


def _joined(pieces: list[bytes]) -> Stored:
    if max(map(len, pieces), default=0) > CELL_SIZE_MAX:
        raise cell_too_large()
    return bytearray().join(pieces), _offsets_of(map(len, pieces))


# Vectors to columns. What comes out for NULL is replaced by the caller.


def _decode_numbers(vector: Vector) -> list[Any]:
    return list(_unpack(vector))


def _decode_float32s(vector: Vector) -> list[Any]:
    return shortest_float32(_unpack(vector))


def _decode_booleans(vector: Vector) -> list[Any]:
    return list(map(bool, bytes(vector.data)))


def _decode_text_forms(vector: Vector) -> list[Any]:
    printed = bytearray(vector.count * text_forms.PRINTED_SIZE_MAX)
    offsets = _new_offsets(vector.count)
    size = text_forms.print_column(vector.type.tag, vector.data, vector.count, printed, offsets)
    ends = offsets.tolist()
    return list(map(printed[:size].decode("ascii").__getitem__, map(slice, ends, ends[1:])))


def _decode_texts(vector: Vector) -> list[Any]:
    try:
        return list(map(bytes.decode, stored_cells(vector)))
    except UnicodeDecodeError:
        raise BadCell("UTF-8 text") from None


def _unpack(vector: Vector) -> tuple[Any, ...]:
    return struct.unpack_from(f"<{vector.count}{FORMATS[vector.type.name]}", vector.data)


ZEROS: dict[str, Any] = {
    **dict.fromkeys(INTEGER_RANGES, 0),
    **dict.fromkeys(("text", "json", "date", "datetime", "decimal", "uuid"), ""),
    **dict.fromkeys(("float32", "float64"), 0.0),
    "boolean": False,
    "blob": b"",
}

ENCODERS: dict[str, Callable[[DataType, list[Any], bytes], Stored]] = {
    **dict.fromkeys(INTEGER_RANGES, _encode_integers),
    **dict.fromkeys(("date", "datetime", "decimal", "uuid"), _encode_text_forms),
    **dict.fromkeys(("float32", "float64"), _encode_floats),
    **dict.fromkeys(("blob", "custom"), _encode_bytes),
    "boolean": _encode_booleans,
    "text": _encode_texts,
    "json": _encode_jsons,
}

DECODERS: dict[str, Callable[[Vector], list[Any]]] = {
    **dict.fromkeys(INTEGER_RANGES, _decode_numbers),
    **dict.fromkeys(("date", "datetime", "decimal", "uuid"), _decode_text_forms),
    **dict.fromkeys(("text", "json"), _decode_texts),
    **dict.fromkeys(("blob", "custom"), stored_cells),
    "float32": _decode_float32s,
    "float64": _decode_numbers,
    "boolean": _decode_booleans,
}
