"""Records in the slots of their pages: put there, overwritten, erased. Kernels.

    page     | record     ~~~~ | record  ~~ | record                ~~~ |       ~ up to the stride
    slots    0                 64           96                          160

A slot begins at a multiple of the table's stride and ends with one, or with the page. What is in a
record does not matter here; `encoding.records` reads it.

Types: page, records and flags are bytes, starts and ends are int32, addresses are uint64. Records
that are on no page stand back to back, and `starts` says where each begins and the last one ends.
"""

from collections.abc import Sequence

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.vectors import Bytes, WritableBytes


class StoredRecords:
    """Records that have been written, headers included, back to back; `starts` says where each
    begins and the last one ends.

    They go to pages as those of `record_writer.NewRecords` do, which are only written there.
    """

    def __init__(self, records: bytearray, starts: memoryview) -> None:
        self._records = records
        self.starts = starts
        self.count = len(starts) - 1

    def stored(self) -> bytearray:
        return self._records

    def place(
        self,
        page: bytearray,
        offset: int,
        stride: int,
        row: int,
        page_number: int,
        addresses: memoryview,
    ) -> int:
        """Copy records from `row` on to a page from an offset on; see `place_records`."""
        return place_records(
            page, offset, len(page), stride, self._records, self.starts, row, self.count,
            page_number, addresses,
        )  # fmt: skip


def place_records(
    page: WritableBytes,
    offset: int,
    limit: int,
    stride: int,
    records: Bytes,
    starts: memoryview,
    row: int,
    count: int,
    page_number: int,
    addresses: memoryview,
) -> int:
    """Copy records from `row` on into `page[offset:limit]`, each at a multiple of `stride`; the
    first that did not fit.

    A record never ends exactly with its page: the Rust engine's scan would run on for ever.
    """
    target, source, page_size = page, records, len(page)
    if limit > page_size or starts[count] > len(records):
        raise IndexError("records run past the end of their bytes")
    while row < count:
        start = starts[row]
        size = starts[row + 1] - start
        slot = (size + stride - 1) // stride * stride
        if offset + slot > limit or offset + size == page_size:
            return row
        copy_bytes(source, start, size, target, offset)
        addresses[row] = page_number << 16 | offset
        offset += slot
        row += 1
    return row


def overwrite_records(
    pages: list[bytearray],
    limits: memoryview,
    addresses: memoryview,
    records: Bytes,
    new_starts: memoryview,
    stride: int,
    moved: WritableBytes,
) -> int:
    """Replace the records at ascending `addresses`, of which those before `limits[k]` are on page k
    or before, where the new one is as long as the old one; 0, or -1 - i if the record before i runs
    into it.

    `moved[i]` is set to 1 for the others.
    """
    source = records
    if new_starts[len(addresses)] > len(records):
        raise IndexError("records run past the end of their bytes")
    row = 0
    for k in range(len(pages)):
        frame = pages[k]
        target, page_size, slot = frame, len(frame), 0
        for i in range(row, limits[k]):
            at = int(addresses[i] & 0xFFFF)
            if at < slot:
                return -1 - i
            slot = slot_end(target, page_size, at, stride)
            start = new_starts[i]
            size = new_starts[i + 1] - start
            if target[at] != source[start] or target[at + 1] != source[start + 1]:
                moved[i] = 1
            elif at + size > page_size:
                raise IndexError("a record runs past the end of its page")
            else:
                copy_bytes(source, start, size, target, at)
        row = limits[k]
    return 0


def overwrite_cells(
    pages: Sequence[bytearray],
    limits: memoryview,
    addresses: memoryview,
    record_ends: memoryview,
    cells: bytes | bytearray,
    width: int,
    ends: memoryview,
    starts: memoryview,
) -> int:
    """Put cells of a column of fixed width in the place of those that end at `ends` in the records
    at ascending `addresses`, as above; 0, or -1 - i if the record before i runs into it.

    Sets where on its page each cell starts.
    """
    source = cells
    if len(ends) * width > len(cells):
        raise IndexError("cells run past the end of their bytes")
    row = 0
    for k in range(len(pages)):
        frame = pages[k]
        target, page_size, end = frame, len(frame), 0
        for i in range(row, limits[k]):
            at = int(addresses[i] & 0xFFFF)
            if at < end:
                return -1 - i
            end = record_ends[i]
            at = ends[i] - width
            if at < 0 or ends[i] > page_size:
                raise IndexError("a record runs past the end of its page")
            copy_bytes(source, i * width, width, target, at)
            starts[i] = at
        row = limits[k]
    return 0


def keep_records(
    records: WritableBytes, starts: memoryview, addresses: memoryview, flags: Bytes
) -> int:
    """Move the flagged records to the front of `records`, in their order, and their starts and
    addresses with them; their number.
    """
    kept = 0
    end = 0
    content = records
    if starts[len(flags)] > len(records):
        raise IndexError("records run past the end of their bytes")
    for i in range(len(flags)):
        if flags[i]:
            start = starts[i]
            size = starts[i + 1] - start
            for j in range(size):
                content[end + j] = content[start + j]
            starts[kept] = end
            addresses[kept] = addresses[i]
            end += size
            kept += 1
    starts[kept] = end
    return kept


def put_addresses(placed: memoryview, flags: Bytes, addresses: memoryview) -> None:
    """Let the flagged records have the addresses `placed`, in their order."""
    count = 0
    for i in range(len(flags)):
        if flags[i]:
            addresses[i] = placed[count]
            count += 1


def moved_rows(before: memoryview, after: memoryview, rows: memoryview) -> int:
    """Set `rows`, uint32, to those whose address is not what it was before; their number."""
    count = 0
    for i in range(len(before)):
        if before[i] != after[i]:
            rows[count] = i
            count += 1
    return count


def slot_end(page: Bytes, page_size: int, at: int, stride: int) -> int:
    """Where the slot of the record at an offset ends."""
    if at + 2 > page_size:
        raise IndexError("a record begins at the end of its page")
    end = at + 2 + (page[at] | page[at + 1] << 8)
    return min((end + stride - 1) // stride * stride, page_size)


def erase_records(
    pages: list[bytearray],
    limits: memoryview,
    addresses: memoryview,
    stride: int,
    starts: memoryview,
    ends: memoryview,
    gap_limits: memoryview,
) -> int:
    """Zero the slots of the records at ascending `addresses`, of which those before `limits[k]` are
    on page k or before.

    Slots side by side leave one gap. The number of gaps, or -1 - i if the record before i runs into
    it, or -1 - `len(addresses)` - i if there is none at i; sets where each gap starts and ends, and
    the first one that is not on page k.
    """
    gaps = row = 0
    for k in range(len(pages)):
        frame = pages[k]
        content, page_size, end, maybe_missing = frame, len(frame), -1, False
        # Of records that nobody has looked at for long a processor waits for many at once here.
        for i in range(row, limits[k]):
            at = int(addresses[i] & 0xFFFF)
            if at >= page_size:
                raise IndexError("a record begins behind its page")
            if content[at] == 0:
                maybe_missing = True
        for i in range(row, limits[k]):
            at = int(addresses[i] & 0xFFFF)
            if at < end:
                return -1 - i
            if at != end:
                starts[gaps] = at
                gaps += 1
            end = slot_end(content, page_size, at, stride)
            if maybe_missing and content[at] == 0 and content[at + 1] == 0:
                return -1 - len(addresses) - i
            for j in range(at, end):
                content[j] = 0
            ends[gaps - 1] = end
        row = limits[k]
        gap_limits[k] = gaps
    return gaps
