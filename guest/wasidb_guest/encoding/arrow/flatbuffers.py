"""Reads flatbuffers, the encoding of Arrow's metadata, trusting no byte of them.

A flatbuffer is a block of little-endian bytes in which *tables* point at each other:

    block   root ──> table ──(i32, backwards)──> vtable
                       │                           u16 size of the vtable, u16 size of the table,
                       │                           u16 per field: where in the table, 0 when absent
                       ├─ number          in place
                       ├─ u32 offset ──>  table
                       ├─ u32 offset ──>  string: u32 length, UTF-8
                       └─ u32 offset ──>  vector: u32 count, structs or u32 offsets to tables

Fields are known by number, in the order in which the Arrow schema files declare them; the type
field of a union counts as a field of its own. Every read is checked against the block. Offsets are
unsigned, so what a table points at lies behind it and no chain of tables closes to a circle.

Left out because Arrow's metadata needs none of it: fixed arrays, shared strings, nested buffers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

from wasidb_guest.encoding.arrow.refusals import malformed

U8 = Struct("<B")
I16 = Struct("<h")
U16 = Struct("<H")
I32 = Struct("<i")
U32 = Struct("<I")
I64 = Struct("<q")


@dataclass(frozen=True, slots=True)
class Block:
    """The bytes of one flatbuffer, and where in the stream they start."""

    data: bytes
    origin: int

    def root(self) -> "Table":
        """The table in which reading starts."""
        return Table(self, self.follow(0))

    def number(self, layout: Struct, position: int) -> int:
        """The number of this layout at `position`."""
        self.require(position, layout.size)
        (number,) = layout.unpack_from(self.data, position)
        return int(number)

    def follow(self, position: int) -> int:
        """Where the offset stored at `position` points."""
        return position + self.number(U32, position)

    def require(self, position: int, size: int) -> None:
        """Refuses a range of bytes that is not wholly inside the block."""
        if position < 0 or position + size > len(self.data):
            what = f"metadata of {len(self.data)} bytes points outside itself"
            raise malformed(what, self.origin + position)


class Table:
    """One table of a block: its fields by number."""

    __slots__ = ("_block", "_position", "_vtable", "_vtable_size")

    def __init__(self, block: Block, position: int) -> None:
        self._block = block
        self._position = position
        self._vtable = position - block.number(I32, position)
        self._vtable_size = block.number(U16, self._vtable)
        block.require(self._vtable, self._vtable_size)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same table of the same bytes."""
        if not isinstance(other, Table):
            return NotImplemented
        return self._position == other._position and self._block == other._block

    def __hash__(self) -> int:
        return hash(self._block.data)

    @property
    def block_size(self) -> int:
        """Bytes of the block that the table is in."""
        return len(self._block.data)

    @property
    def position(self) -> int:
        """The byte of the stream at which the table starts."""
        return self._block.origin + self._position

    def number(self, field: int, layout: Struct, default: int = 0) -> int:
        """A number; `default` when the writer left it out."""
        position = self._find(field)
        return default if position is None else self._block.number(layout, position)

    def text(self, field: int) -> str | None:
        """A string; None when absent."""
        position = self._find(field)
        if position is None:
            return None
        start, size = self._vector(position, 1)
        try:
            return str(self._block.data[start : start + size], "utf-8")
        except UnicodeDecodeError as error:
            position = self._block.origin + start + error.start
            raise malformed("metadata text that is not UTF-8", position) from None

    def table(self, field: int) -> "Table | None":
        """The table a field points at; None when absent."""
        position = self._find(field)
        return None if position is None else Table(self._block, self._block.follow(position))

    def require_table(self, field: int, what: str) -> "Table":
        """The table a field points at, refusing its absence; `what` names it."""
        table = self.table(field)
        if table is None:
            raise malformed(f"{what} is missing", self.position)
        return table

    def tables(self, field: int) -> Iterator["Table"]:
        """The tables of a vector, each read when it is asked for; none when absent."""
        position = self._find(field)
        if position is not None:
            start, count = self._vector(position, U32.size)
            for at in range(start, start + count * U32.size, U32.size):
                yield Table(self._block, self._block.follow(at))

    def structs(self, field: int, layout: Struct) -> list[tuple[Any, ...]]:
        """The structs of a vector; empty when absent."""
        position = self._find(field)
        if position is None:
            return []
        start, count = self._vector(position, layout.size)
        return list(layout.iter_unpack(self._block.data[start : start + count * layout.size]))

    def _find(self, field: int) -> int | None:
        """Where a field is stored; None when it is absent, as are fields newer than the writer."""
        slot = U16.size * (2 + field)
        if slot + U16.size > self._vtable_size:
            return None
        offset = self._block.number(U16, self._vtable + slot)
        return self._position + offset if offset else None

    def _vector(self, position: int, item_size: int) -> tuple[int, int]:
        """Start and count of the items of the vector that a field at `position` points at."""
        start = self._block.follow(position)
        count = self._block.number(U32, start)
        self._block.require(start + U32.size, count * item_size)
        return start + U32.size, count
