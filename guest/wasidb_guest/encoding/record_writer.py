"""Records from vectors. A kernel.

    record            u16 body length | body
    body              the cells in declaration order, back to back
    fixed cell        width bytes
    variable cell     u16 length | bytes
    nullable cell     00, or 01 and one of the above

How long each record is gets measured first, and that nothing of a column lies outside of its bytes;
what is written later is not looked at again. Records are written some at a time, one column after
the other: on their page, or back to back for those that go into gaps. Sizes fit in 31 bits.
"""

from collections.abc import Sequence

from wasidb_guest.encoding.copying import copy_bytes, pointed_to, scatter_cells, scatter_texts
from wasidb_guest.vectors import Bytes, Vector, WritableBytes

ROWS_AT_ONCE = 512
"""Records written back to back while they are in the processor's cache."""
PAST_END = "a cell of a record runs past the end of its bytes"
TOO_MANY = "records of 2 GiB are too many at once"


class NewRecords:
    """The records of rows of which `vectors` are all columns.

    `starts`, which is zero, is set to where each begins and the last one ends when they are back to
    back, `longest` to the length of the longest body. `nullable` has a byte a column, 1 where NULL
    is allowed. `cursors` is scratch: where the next cell of each one goes.
    """

    def __init__(
        self, vectors: Sequence[Vector], nullable: Bytes, starts: memoryview, cursors: memoryview
    ) -> None:
        self.columns = [
            RecordColumn(vector, allowed != 0)
            for vector, allowed in zip(vectors, nullable, strict=True)
        ]
        self.count = len(cursors)
        self.starts = starts
        self.cursors = cursors
        self.longest = self.measure()
        self.encoded: bytearray | None = None

    def measure(self) -> int:
        """Set `starts`; the length of the longest body."""
        starts = self.starts
        fixed = longest = 0
        for column in self.columns:
            fixed += column.measure(starts, self.count)
        for i in range(self.count):
            length = starts[i + 1] + fixed
            if length > longest:
                longest = length
            starts[i + 1] = starts[i] + 2 + length
            if starts[i + 1] < 0:
                raise OverflowError(TOO_MANY)
        return longest

    def stored(self) -> bytearray:
        """All records, back to back."""
        if self.encoded is None:
            self.encoded = bytearray(self.starts[self.count])
            for first in range(0, self.count, ROWS_AT_ONCE):
                last = min(first + ROWS_AT_ONCE, self.count)
                for row in range(first, last):
                    self.begin(self.encoded, self.starts[row], row)
                self.write(self.encoded, first, last)
        return self.encoded

    def place(
        self,
        page: bytearray,
        offset: int,
        stride: int,
        row: int,
        page_number: int,
        addresses: memoryview,
    ) -> int:
        """Write records from `row` on to a page from an offset on, each at a multiple of `stride`;
        the first that did not fit.

        A record never ends exactly with its page: the Rust engine's scan would run on for ever.
        """
        first, page_size, starts, out = row, len(page), self.starts, page
        while row < self.count:
            size = starts[row + 1] - starts[row]
            slot = (size + stride - 1) // stride * stride
            if offset + slot > page_size or offset + size == page_size:
                break
            self.begin(out, offset, row)
            addresses[row] = page_number << 16 | offset
            offset += slot
            row += 1
        self.write(out, first, row)
        return row

    def begin(self, out: WritableBytes, at: int, row: int) -> None:
        """Write the length of a record, behind which its first cell will go."""
        put_length(out, at, self.starts[row + 1] - self.starts[row] - 2)
        self.cursors[row] = at + 2

    def write(self, out: WritableBytes, first: int, last: int) -> None:
        """Write the cells of the records `first` to `last`, which have begun."""
        for column in self.columns:
            column.put(out, self.cursors, first, last)


class RecordColumn:
    """The cells of a column on their way into records."""

    def __init__(self, vector: Vector, nullable: bool) -> None:
        self.source, self.size = pointed_to(vector.data)
        self.raw = self.source
        self.width = vector.type.width
        self.nullable = nullable
        self.has_null = vector.validity is not None
        self.offsets = vector.offsets
        self.validity = vector.validity

    def measure(self, starts: memoryview, count: int) -> int:
        """What every cell takes, and for each row in `starts[i + 1]` what its cell takes besides.
        Raises IndexError for one that lies outside of the bytes.
        """
        flag = 1 if self.nullable else 0
        width = self.width
        if width:
            if count * width > self.size:
                raise IndexError(PAST_END)
            if not self.has_null:
                return flag + width
        elif self.offsets[0] < 0 or self.offsets[count] > self.size:
            raise IndexError(PAST_END)
        for i in range(count):
            size = width
            if not width:
                size = 2 + self.offsets[i + 1] - self.offsets[i]
                if size < 2:
                    raise IndexError(PAST_END)
            if self.is_valid(i):
                starts[i + 1] += size
        return flag

    def is_valid(self, row: int) -> bool:
        """Whether the cell of a row is not NULL."""
        return not self.has_null or self.validity[row >> 3] >> (row & 7) & 1 != 0

    def put(self, out: WritableBytes, cursors: memoryview, first: int, last: int) -> None:
        """Write the cells of the rows `first` to `last` where `cursors[i]` points, which goes on
        behind them.
        """
        if self.has_null:
            self.put_some(out, cursors, first, last)
            return
        if self.nullable:
            for i in range(first, last):
                out[cursors[i]] = 1
                cursors[i] += 1
        if self.width:
            scatter_cells(self.raw, self.width, first, last, out, cursors)
            return
        for i in range(first, last):
            put_length(out, cursors[i], self.offsets[i + 1] - self.offsets[i])
            cursors[i] += 2
        scatter_texts(self.raw, self.offsets, first, last, out, cursors)

    def put_some(self, out: WritableBytes, cursors: memoryview, first: int, last: int) -> None:
        """The same where some cells are NULL."""
        for i in range(first, last):
            at = cursors[i]
            is_valid = self.is_valid(i)
            if self.nullable:
                out[at] = 1 if is_valid else 0
                at += 1
            if is_valid:
                start, size = i * self.width, self.width
                if not size:
                    start, size = self.offsets[i], self.offsets[i + 1] - self.offsets[i]
                    put_length(out, at, size)
                    at += 2
                copy_bytes(self.raw, start, size, out, at)
                at += size
            cursors[i] = at


def put_length(out: WritableBytes, at: int, length: int) -> None:
    """Write a little-endian u16."""
    out[at] = length & 0xFF
    out[at + 1] = length >> 8
