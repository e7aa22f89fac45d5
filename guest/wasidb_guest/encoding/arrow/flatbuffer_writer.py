"""Writes flatbuffers, the encoding of Arrow's metadata; `flatbuffers` draws their layout.

    block((Number(I16, 4), "id", None, [("a",), ("b",)]))

    root ──> table     0: number 4
                       1: ──> string "id"
                       2: absent
                       3: ──> vector of two tables of one string each

What a table points at is written behind it, depth first, and the pointer is set then. Every part
starts at a multiple of its own size, counted from the start of the block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import TypeAlias

from wasidb_guest.encoding.arrow.flatbuffers import I32, U16, U32

_TABLE_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its layout."""

    layout: Struct
    value: int


@dataclass(frozen=True, slots=True)
class Structs:
    """A vector of structs; their layout is a multiple of 8 bytes."""

    layout: Struct
    rows: Sequence[tuple[int, ...]]


Fields: TypeAlias = "tuple[Number | Target | None, ...]"
"""A table: its fields by number, None for one that is absent."""

Target: TypeAlias = "str | Structs | list[Fields] | Fields"
"""What a field points at: a string, a vector, a vector of tables, a table."""


def block(root: Fields) -> bytes:
    """The flatbuffer whose root is this table."""
    out = bytearray(U32.size)
    U32.pack_into(out, 0, _put_table(out, root))
    return bytes(out)


def _put(out: bytearray, target: Target) -> int:
    """Appends what a field points at; gives its place."""
    match target:
        case tuple():
            return _put_table(out, target)
        case list():
            return _put_tables(out, target)
        case Structs():
            return _put_structs(out, target)
        case str():
            return _put_text(out, target)


def _put_table(out: bytearray, fields: Fields) -> int:
    """The table stands behind its vtable."""
    slots, size = _slots(fields)
    vtable = U16.size * (2 + len(slots))
    _pad(out, vtable, _TABLE_ALIGNMENT)
    for number in (vtable, size, *slots):
        out += U16.pack(number)
    table = len(out)
    out += I32.pack(vtable).ljust(size, b"\0")
    for slot, field in zip(slots, fields, strict=True):
        if isinstance(field, Number):
            field.layout.pack_into(out, table + slot, field.value)
        elif field is not None:
            _point(out, table + slot, field)
    return table


def _slots(fields: Fields) -> tuple[list[int], int]:
    """Where in the table each field stands, 0 for an absent one, and the size of the table."""
    slots = []
    end = I32.size
    for field in fields:
        size = field.layout.size if isinstance(field, Number) else U32.size
        start = -(-end // size) * size
        slots.append(0 if field is None else start)
        end = end if field is None else start + size
    return slots, end


def _put_tables(out: bytearray, tables: list[Fields]) -> int:
    _pad(out, 0, U32.size)
    vector = len(out)
    out += U32.pack(len(tables)) + bytes(U32.size * len(tables))
    for number, table in enumerate(tables):
        _point(out, vector + U32.size * (1 + number), table)
    return vector


def _put_structs(out: bytearray, structs: Structs) -> int:
    _pad(out, U32.size, _TABLE_ALIGNMENT)
    vector = len(out)
    out += U32.pack(len(structs.rows))
    for row in structs.rows:
        out += structs.layout.pack(*row)
    return vector


def _put_text(out: bytearray, text: str) -> int:
    _pad(out, 0, U32.size)
    start = len(out)
    encoded = text.encode()
    out += U32.pack(len(encoded)) + encoded + b"\0"
    return start


def _point(out: bytearray, pointer: int, target: Target) -> None:
    """Appends what the pointer at this place is to point at, and sets it."""
    U32.pack_into(out, pointer, _put(out, target) - pointer)


def _pad(out: bytearray, ahead: int, alignment: int) -> None:
    """Appends zeros until what stands `ahead` bytes further on is aligned."""
    out += bytes(-(len(out) + ahead) % alignment)
