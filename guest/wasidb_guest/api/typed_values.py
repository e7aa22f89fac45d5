"""Typed values in plain Python: a case of `types.value` and its payload.

    ("u32-val", 7)     ("text-val", "Ann")     ("null-val", None)
    ("custom-val", ("float32", b"\x00\x00\x80\x3f", "1.0"))        tag, bytes, text

Floats are custom values like those of user-defined types: the contract has no case for them.
"""

from collections.abc import Callable
from typing import Any

from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.encoding.cells import BadCell, decode_cell, encode_cell
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector

Value = tuple[str, Any]

NULL: Value = ("null-val", None)

CASES = {
    "boolean": "bool-val", "blob": "blob-val", "date": "date-val", "datetime": "datetime-val",
    "decimal": "decimal-val", "json": "json-val", "text": "text-val", "uuid": "uuid-val",
    **{f"int{bits}": f"i{bits}-val" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"u{bits}-val" for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("custom", "float32", "float64"), "custom-val"),
}  # fmt: skip


def cell_of(data_type: DataType, value: Value) -> object:
    """The cell a value stands for; BadCell for one of another type."""
    case, payload = value
    if case == "null-val":
        return None
    if case != CASES[data_type.name]:
        raise BadCell(f"{data_type} ({CASES[data_type.name]}), but {case}")
    if case != "custom-val":
        return payload
    encoded = bytes(payload[1])
    if data_type.is_float:
        return decode_cell(data_type, encoded) if len(encoded) == data_type.width else encoded
    return encoded if data_type.is_fixed else _without_size(encoded)


def _without_size(encoded: bytes) -> bytes:
    """A custom value of variable length without its u16 length prefix."""
    if len(encoded) < 2 or int.from_bytes(encoded[:2], "little") != len(encoded) - 2:
        raise BadCell("a u16 length and that many bytes")
    return encoded[2:]


def values_of(vector: Vector) -> list[Value]:
    """The cells of a vector as values."""
    case = CASES[vector.type.name]
    to_payload = _payload_maker(vector.type)
    return [NULL if cell is None else (case, to_payload(cell)) for cell in vector_to_cells(vector)]


def _payload_maker(data_type: DataType) -> Callable[[Any], Any]:
    if CASES[data_type.name] != "custom-val":
        return lambda cell: cell
    if data_type.is_float:
        return lambda cell: (data_type.name, encode_cell(data_type, cell), repr(cell))
    if data_type.is_fixed:
        return lambda cell: (data_type.custom_tag, cell, "")
    return lambda cell: (data_type.custom_tag, len(cell).to_bytes(2, "little") + cell, "")
