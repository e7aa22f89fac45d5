"""Records from vectors. A kernel.

    record            u16 body length | body
    body              the cells in declaration order, back to back
    fixed cell        width bytes
    variable cell     u16 length | bytes
    nullable cell     00, or 01 and one of the above

A batch is written in two passes over its columns: `measure_rows` finds where each record starts,
`put_rows` appends one column after the other to all records. Sizes fit in 31 bits. `nullable` has a
byte a column, 1 where NULL is allowed.
"""

from collections.abc import Sequence

from wasidb_guest.encoding.copying import copy_bytes, pointed_to
from wasidb_guest.vectors import Bytes, Vector, WritableBytes

PAST_END = "a cell of a record runs past the end of its bytes"


def measure_rows(vectors: Sequence[Vector], nullable: Bytes, count: int, starts: memoryview) -> int:
    """Set `starts`, which is zero, to where each of `count` records begins and the last one ends;
    the length of the longest body.
    """
    for column in range(len(vectors)):
        vector = vectors[column]
        measure_column(
            starts, count, vector.type.width, nullable[column] != 0, vector.offsets, vector.validity
        )
    longest = 0
    for i in range(count):
        length = starts[i + 1]
        if length > longest:
            longest = length
        starts[i + 1] = starts[i] + 2 + length
    return longest


def measure_column(
    starts: memoryview,
    count: int,
    width: int,
    nullable: bool,
    offsets: memoryview,
    validity: Bytes | None,
) -> None:
    """Add the size of each cell of a column to `starts[i + 1]`."""
    for i in range(count):
        size = 0
        if validity is None or validity[i >> 3] >> (i & 7) & 1:
            size = width if width else 2 + offsets[i + 1] - offsets[i]
        starts[i + 1] += size + 1 if nullable else size


def put_rows(
    vectors: Sequence[Vector],
    nullable: Bytes,
    count: int,
    starts: memoryview,
    records: WritableBytes,
    cursors: memoryview,
) -> None:
    """Write the records. `cursors` is scratch: where the next cell of each one goes."""
    out, room = records, len(records)
    if starts[count] > room:
        raise IndexError(PAST_END)
    for i in range(count):
        at = starts[i]
        length = starts[i + 1] - at - 2
        out[at] = length & 0xFF
        out[at + 1] = length >> 8
        cursors[i] = at + 2
    for column in range(len(vectors)):
        vector = vectors[column]
        is_nullable = nullable[column] != 0
        data, size = pointed_to(vector.data)
        if vector.type.width:
            put_fixed(
                out, room, cursors, count, data, size, vector.type.width, is_nullable,
                vector.validity,
            )  # fmt: skip
        else:
            put_variable(
                out, room, cursors, count, data, size, vector.offsets, is_nullable, vector.validity
            )


def put_fixed(
    records: WritableBytes,
    room: int,
    cursors: memoryview,
    count: int,
    data: Bytes,
    size: int,
    width: int,
    nullable: bool,
    validity: Bytes | None,
) -> None:
    """Append a fixed-width column of `size` bytes to every record; all of them take `room`."""
    if count * width > size:
        raise IndexError(PAST_END)
    for i in range(count):
        at = cursors[i]
        valid = validity is None or validity[i >> 3] >> (i & 7) & 1 != 0
        end = at + nullable
        if valid:
            end += width
        if end > room:
            raise IndexError(PAST_END)
        if nullable:
            records[at] = 1 if valid else 0
        if valid:
            copy_bytes(data, i * width, width, records, end - width)
        cursors[i] = end


def put_variable(
    records: WritableBytes,
    room: int,
    cursors: memoryview,
    count: int,
    data: Bytes,
    size: int,
    offsets: memoryview,
    nullable: bool,
    validity: Bytes | None,
) -> None:
    """The same for a variable-width column."""
    for i in range(count):
        at = cursors[i]
        valid = validity is None or validity[i >> 3] >> (i & 7) & 1 != 0
        start = offsets[i]
        length = offsets[i + 1] - start
        end = at + nullable
        if valid:
            end += 2 + length
        if end > room or start < 0 or length < 0 or start + length > size:
            raise IndexError(PAST_END)
        if nullable:
            records[at] = 1 if valid else 0
        if valid:
            records[end - length - 2] = length & 0xFF
            records[end - length - 1] = length >> 8
            copy_bytes(data, start, length, records, end - length)
        cursors[i] = end
