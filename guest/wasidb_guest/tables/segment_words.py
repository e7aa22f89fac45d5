"""The free segments of a page in memory: a word of 64 bits for each, by offset. Kernels.

    word     u16 offset | u16 size | u32 place          highest bits first, so words sort by offset
    place    1 bit changed | 31 bits where the segment is listed, all ones if nowhere yet
    entry    u32 page | u16 offset | u16 size           lowest bits first, as segment tables have it

The place says where the segment is listed: in which slot of which segment table. What lists the
segments is drawn in `tables.free_segments`. Whatever changes a page's words changes them in memory
only and flags those that the segment tables do not have; `list_changed` finds these later.

Types: words and entries are uint64, places are uint32, the bounds of gaps int32.
"""

from array import array
from typing import TypeAlias

from wasidb_guest.encoding.record_slots import place_records
from wasidb_guest.pages import layout
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.vectors import Bytes, WritableBytes

PAGE_SIZE, SIZE_MAX = layout.PAGE_SIZE, layout.SEGMENT_SIZE_MAX
ENTRY_SIZE = layout.SEGMENT.size

CHANGED = 1 << 31
UNLISTED = 0xFFFF_FFFF
PLACE_BITS = CHANGED - 1

Numbers: TypeAlias = "array[int] | memoryview"

NO_WORDS: "array[int]" = array("Q")


def word(offset: int, size: int, place: int) -> int:
    """A segment of a page and where it is listed."""
    return offset << 48 | size << 32 | place


def read_segments(
    table: bytearray, count: int, first_place: int, words: "dict[int, array[int]]"
) -> int:
    """Add the segments of a segment table, which are at `first_place` and behind it, to the words
    of their pages, behind those that are there.

    Segments of no size are left out. Gives 0, or -1 - offset of a segment that runs past its page.
    """
    at = 2
    for slot in range(count):
        page = u16_at(table, at) | u16_at(table, at + 2) << 16
        offset, size = u16_at(table, at + 4), u16_at(table, at + 6)
        if offset + size > PAGE_SIZE:
            return -1 - at
        if size:
            if page not in words:
                words[page] = array("Q")
            words[page].append(word(offset, size, first_place + slot))
        at += ENTRY_SIZE
    return 0


def first_of_size(words: memoryview, size: int) -> int:
    """The index of the first segment of exactly `size` bytes; there is one."""
    index = 0
    while words[index] >> 32 & 0xFFFF != size:
        index += 1
    return index


def sizes_without(words: memoryview, others: memoryview, seen: WritableBytes) -> list[int]:
    """The sizes that are among `words` and not among `others`, each once.

    `seen` is a byte for each size, all of them zero, before and afterwards.
    """
    sizes: list[int] = []
    for i in range(len(others)):
        seen[others[i] >> 32 & 0xFFFF] = 1
    for i in range(len(words)):
        size = words[i] >> 32 & 0xFFFF
        if not seen[size]:
            seen[size] = 1
            sizes.append(size)
    for i in range(len(others)):
        seen[others[i] >> 32 & 0xFFFF] = 0
    for i in range(len(words)):
        seen[words[i] >> 32 & 0xFFFF] = 0
    return sizes


def free_gaps(
    words: "dict[int, array[int]]",
    pages: list[int],
    limits: memoryview,
    starts: memoryview,
    ends: memoryview,
    vacated: list[int],
) -> None:
    """Make the words of some pages anew, of which more is free: the gaps up to each page's limit.

    Those of a page ascend, do not touch one another, and are no part of what has been free.
    """
    first = 0
    for i in range(len(pages)):
        page, last = pages[i], limits[i]
        before = words.get(page, NO_WORDS)
        merged = array("Q", bytes(8 * (len(before) + last - first)))
        count = merge_gaps(before, starts[first:last], ends[first:last], merged, vacated)
        del merged[count:]
        words[page] = merged
        first = last


def merge_gaps(
    words: Numbers, starts: memoryview, ends: memoryview, merged: Numbers, vacated: list[int]
) -> int:
    """Set `merged` to the words of a page of which some gaps more are free; the number of words.

    Segments that touch a gap become one with it, which keeps the first one's place; the places of
    others are vacated. `merged` has room for a word a segment and a gap.
    """
    last, count = -1, 0
    is_open = False  # whether the last word has a gap in it
    at, gap = 0, 0
    while at < len(words) or gap < len(starts):
        is_gap = at == len(words) or (gap < len(starts) and starts[gap] < words[at] >> 48)
        if is_gap:
            offset, end = starts[gap], ends[gap]
            place = UNLISTED
            gap += 1
        else:
            offset, size = int(words[at] >> 48), int(words[at] >> 32 & 0xFFFF)
            end = offset + size
            place = int(words[at] & UNLISTED)
            at += 1
        if offset == last and (is_gap or is_open):
            offset = int(merged[count - 1] >> 48)
            before = int(merged[count - 1] & UNLISTED)
            count -= 1
            if before == UNLISTED:
                before = place
            elif place != UNLISTED:
                vacated.append(place & PLACE_BITS)
            place = before | CHANGED
            is_open = True
        else:
            is_open = is_gap
        last = end
        merged[count] = word(offset, min(end - offset, SIZE_MAX), place)
        count += 1
    return count


def add_gap(words: Numbers, start: int, end: int, vacated: list[int]) -> "array[int]":
    """The words of a page of which one gap more is free, as `merge_gaps` makes them."""
    index = lower_bound(words, start)
    first = last = index
    offset, place = start, UNLISTED
    if first > 0 and int(words[first - 1] >> 48) + int(words[first - 1] >> 32 & 0xFFFF) == start:
        first -= 1
        offset, place = int(words[first] >> 48), int(words[first] & UNLISTED)
    while last < len(words) and int(words[last] >> 48) == end:
        end += int(words[last] >> 32 & 0xFFFF)
        behind = int(words[last] & UNLISTED)
        if place == UNLISTED:
            place = behind
        elif behind != UNLISTED:
            vacated.append(behind & PLACE_BITS)
        last += 1
    merged = array("Q", bytes(8 * (len(words) - last + first + 1)))
    out = merged
    for i in range(first):
        out[i] = words[i]
    out[first] = word(offset, min(end - offset, SIZE_MAX), place | CHANGED)
    for i in range(last, len(words)):
        out[first + 1 + i - last] = words[i]
    return merged


def take_front(words: Numbers, offset: int, size: int, vacated: list[int]) -> "array[int]":
    """The words of a page of which the first bytes of the segment at an offset, or all of them, are
    free no more.
    """
    index = lower_bound(words, offset)
    left = int(words[index] >> 32 & 0xFFFF) - size
    if words[index] >> 48 != offset or left < 0:
        raise IndexError("there is no such segment")
    place = int(words[index] & UNLISTED)
    last = index + 1
    if left:
        last = index
    elif place != UNLISTED:
        vacated.append(place & PLACE_BITS)
    rest = array("Q", bytes(8 * (len(words) - last + index)))
    out = rest
    for i in range(index):
        out[i] = words[i]
    for i in range(last, len(words)):
        out[index + i - last] = words[i]
    if left:
        out[index] = word(offset + size, left, place | CHANGED)
    return rest


def fill_segments(
    page: WritableBytes,
    words: memoryview,
    first: int,
    last: int,
    stride: int,
    records: Bytes,
    starts: memoryview,
    row: int,
    count: int,
    number: int,
    addresses: memoryview,
) -> int:
    """Put records from `row` on into the segments `words[first:last]` of a page, as they fit; the
    first row left, or -1 - offset of a segment that is not all zeros.

    The word of a segment that is used becomes what is left of it, perhaps of no size.
    """
    content, page_size = page, len(page)
    for i in range(first, last):
        offset, size = int(words[i] >> 48), int(words[i] >> 32 & 0xFFFF)
        if size < starts[row + 1] - starts[row]:
            continue
        end = offset + size
        if end > page_size:
            raise IndexError("segment runs past the end of its page")
        in_use = 0
        for at in range(offset, end):
            in_use |= content[at]
        if in_use:
            return -1 - offset
        placed = place_records(
            page, offset, end, stride, records, starts, row, count, number, addresses
        )
        if placed > row:
            used = int(addresses[placed - 1] & 0xFFFF)
            used += starts[placed] - starts[placed - 1]
            used = (used + stride - 1) // stride * stride
            place = int(words[i] & UNLISTED)
            place |= CHANGED
            words[i] = word(used, end - used, place) if used < end else place
            row = placed
        if row == count:
            break
    return row


def drop_used(words: memoryview, vacated: list[int]) -> int:
    """Move the words of segments that are left to the front; their number. The places of others are
    vacated.
    """
    kept = 0
    for i in range(len(words)):
        if words[i] >> 32:
            words[kept] = words[i]
            kept += 1
        elif words[i] & UNLISTED != UNLISTED:
            vacated.append(int(words[i] & PLACE_BITS))
    return kept


def count_changed(words: "dict[int, memoryview]", pages: list[int]) -> tuple[int, int]:
    """How many segments of some pages are changed, and how many of these are nowhere listed yet."""
    count = unlisted = 0
    for page in pages:
        each = words[page]
        for i in range(len(each)):
            if each[i] & CHANGED:
                count += 1
                if each[i] & UNLISTED == UNLISTED:
                    unlisted += 1
    return count, unlisted


def list_changed(
    words: "dict[int, memoryview]",
    pages: list[int],
    supply: Numbers,
    entries: Numbers,
    places: Numbers,
) -> None:
    """Set `entries` and `places` for the changed segments of some pages, and clear their flags.

    Those that are nowhere listed get places from `supply`, of which there are enough.
    """
    count = taken = 0
    for page in pages:
        number = page
        each = words[page]
        for i in range(len(each)):
            if not each[i] & CHANGED:
                continue
            place = int(each[i] & PLACE_BITS)
            if place == PLACE_BITS:
                place = supply[taken]
                taken += 1
            offset, size = each[i] >> 48, each[i] >> 32 & 0xFFFF
            each[i] = word(offset, size, place)
            entries[count] = number | offset << 32 | size << 48
            places[count] = place
            count += 1


def put_changed(
    words: "dict[int, memoryview]",
    pages: list[int],
    supply: list[int],
    tables: list[int],
    table_size: int,
    counts: list[int],
    store: PageStore,
) -> None:
    """Write the changed segments of some pages into their slots, one by one, each with how many its
    table has by now; see `list_changed`. `tables` are pages, each of which has `table_size` slots.
    """
    taken = 0
    for page in pages:
        number = page
        each = words[page]
        for i in range(len(each)):
            if not each[i] & CHANGED:
                continue
            place = int(each[i] & PLACE_BITS)
            if place == PLACE_BITS:
                place = supply[taken]
                taken += 1
            offset, size = each[i] >> 48, each[i] >> 32 & 0xFFFF
            each[i] = word(offset, size, place)
            table, slot = place // table_size, place % table_size
            at = 2 + slot * ENTRY_SIZE
            frame = store.writable(tables[table], at, at + ENTRY_SIZE)
            if at + ENTRY_SIZE > len(frame):
                raise IndexError("a segment table is no whole page")
            target, count = frame, counts[table]
            target[0], target[1] = count & 0xFF, count >> 8
            put_entry(target, at, number | offset << 32 | size << 48)


def consecutive(first: int, past: int) -> "array[int]":
    """The places from `first` on that are before `past`."""
    places = array("I", bytes(4 * (past - first)))
    out = places
    for i in range(past - first):
        out[i] = first + i
    return places


def slots_by_table(places: Numbers, table_size: int, first: memoryview, last: memoryview) -> None:
    """Set the first slot, and the one behind the last, that `places` has of each table; both are
    int32 and zero.
    """
    for i in range(len(places)):
        place = places[i]
        table, slot = place // table_size, place % table_size
        if last[table] == 0 or slot < first[table]:
            first[table] = slot
        if slot >= last[table]:
            last[table] = slot + 1


def put_entries(
    tables: list[bytearray], table_size: int, entries: Numbers, places: Numbers
) -> None:
    """Write entries at their places in the segment tables, each of which has `table_size`."""
    current = -1
    for i in range(len(places)):
        table, slot = places[i] // table_size, places[i] % table_size
        if table != current:
            frame = tables[table]
            target = frame
            current = table
            if len(frame) < PAGE_SIZE:
                raise IndexError("a segment table is no whole page")
        put_entry(target, 2 + slot * ENTRY_SIZE, entries[i])


def put_entry(table: WritableBytes, at: int, entry: int) -> None:
    """Write an entry into the slot that begins at an offset."""
    for byte in range(ENTRY_SIZE):
        table[at + byte] = entry >> 8 * byte & 0xFF


def take_out(
    table: WritableBytes,
    count: int,
    first_place: int,
    vacated: memoryview,
    words: "dict[int, memoryview]",
) -> None:
    """Take the entries at descending places out of a segment table with `count` of them: the last
    one of the table fills each gap, and zeros follow.
    """
    for i in range(len(vacated)):
        count -= 1
        at = 2 + (vacated[i] - first_place) * ENTRY_SIZE
        last = 2 + count * ENTRY_SIZE
        if at < last:
            for byte in range(ENTRY_SIZE):
                table[at + byte] = table[last + byte]
            page = u16_at(table, at) | u16_at(table, at + 2) << 16
            offset = u16_at(table, at + 4)
            move_place(words, page, offset, first_place + count, vacated[i])
        for byte in range(ENTRY_SIZE):
            table[last + byte] = 0


def move_place(
    words: "dict[int, memoryview]", page: int, offset: int, before: int, after: int
) -> None:
    """Let the segment at an offset be listed somewhere else, if that is the one listed there: the
    tables can have entries that no word stands for.
    """
    each = words.get(page)
    if each is None:
        return
    index = lower_bound(each, offset)
    if index < len(each) and each[index] >> 48 == offset and each[index] & PLACE_BITS == before:
        each[index] = each[index] >> 31 << 31 | after


def lower_bound(words: Numbers, offset: int) -> int:
    """The index of the first segment that does not begin before `offset`."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high) >> 1
        if words[middle] >> 48 < offset:
            low = middle + 1
        else:
            high = middle
    return low


def u16_at(table: Bytes, at: int) -> int:
    """The u16 at an offset."""
    return table[at] | table[at + 1] << 8
