"""One index node as bytes: find, merge, remove, collect.

    leaf    01 | u32 parent | u16 count | u32 previous leaf | u32 next leaf | entries
            entry   u16 key size | key | u32 page | u16 offset
    inner   00 | u32 parent | u16 count | u32 rightmost child | entries
            entry   u16 key size | key | u32 child

`page` is the node, `offsets` the int32 positions of its entries, count + 1 of them (the last one is
where the entries end), as `find_entries` sets them. Runs are as in `encoding.keys`; a run of probes
has addresses of zero. An inner entry's child holds the keys below the entry's key; keys equal to it
are to its right, and, where a split has parted equal keys, to its left as well.
"""

from wasidb_guest.encoding.keys import KeyBytes, compare_entries, compare_keys
from wasidb_guest.vectors import WritableBytes

NO_MATCH = -1
NO_ADDRESS = 0xFFFF_FFFF_FFFF_FFFF


def find_entries(page: KeyBytes, at: int, count: int, trailer: int, offsets: memoryview) -> int:
    """Set `offsets` for `count` entries from `at`, each a key and `trailer` bytes; 0, or -1 -
    offset of the damage.

    Checks that every entry lies in the page and that every key is made of whole columns.
    """
    size = len(page.bytes)
    for i in range(count):
        offsets[i] = at
        if at + 2 > size:
            return -1 - at
        end = at + 2 + (page.bytes[at] | page.bytes[at + 1] << 8)
        if end + trailer > size or not is_key(page, at + 2, end):
            return -1 - at
        at = end + trailer
    offsets[count] = at
    return 0


def is_key(page: KeyBytes, at: int, end: int) -> bool:
    """Whether `page.bytes[at:end]` is a column count and that many columns that have a tag and, if
    they need it, a length.
    """
    if at + 4 > end or page.bytes[at + 2] | page.bytes[at + 3]:
        return False
    columns = page.bytes[at] | page.bytes[at + 1] << 8
    at += 4
    for _ in range(columns):
        if at + 5 > end or page.bytes[at + 2] | page.bytes[at + 3]:
            return False
        size = page.bytes[at] | page.bytes[at + 1] << 8
        if size == 0 or at + 4 + size > end or not is_tagged(page, at + 4, size):
            return False
        at += 4 + size
    return at == end


def is_tagged(page: KeyBytes, at: int, size: int) -> bool:
    """Whether the `size` bytes at `at` are a type tag and a value of the size that type has."""
    tag = page.bytes[at]
    if tag == 0 or tag == 9 or tag == 11:
        return size >= 3 and size == 3 + (page.bytes[at + 1] | page.bytes[at + 2] << 8)
    if tag == 17:
        if size < 5:
            return False
        data = 3 + (page.bytes[at + 1] | page.bytes[at + 2] << 8)
        return size >= data + 2 and size == data + 2 + (
            page.bytes[at + data] | page.bytes[at + data + 1] << 8
        )
    return size == 1 + fixed_width(tag)


def fixed_width(tag: int) -> int:
    """Bytes of a value of a fixed-width type; -1 for tags that have none."""
    if tag == 10:
        return 0
    if tag == 1 or tag == 5 or tag == 12:
        return 1
    if tag == 6 or tag == 13:
        return 2
    if tag == 2 or tag == 7 or tag == 14 or tag == 18:
        return 4
    if tag == 8 or tag == 15 or tag == 19:
        return 8
    if tag == 3:
        return 13
    return 16 if tag == 4 or tag == 16 else -1


def lower_bound(page: KeyBytes, offsets: memoryview, count: int, key: KeyBytes, at: int) -> int:
    """The first entry whose key is not below the key at `key.bytes[at]`.

    `count` if there is none.
    """
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if compare_keys(page, offsets[middle] + 2, key, at) < 0:
            low = middle + 1
        else:
            high = middle
    return low


def upper_bound(page: KeyBytes, offsets: memoryview, count: int, key: KeyBytes, at: int) -> int:
    """The first entry whose key is above the key at `key.bytes[at]`; `count` if there is none."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if compare_keys(page, offsets[middle] + 2, key, at) <= 0:
            low = middle + 1
        else:
            high = middle
    return low


def find_address(page: KeyBytes, offsets: memoryview, count: int, key: KeyBytes) -> int:
    """The address in a leaf under a key, the only one in `key`; NO_ADDRESS if it is not there."""
    slot = lower_bound(page, offsets, count, key, 0)
    if slot < count and compare_keys(page, offsets[slot] + 2, key, 0) == 0:
        return address_of(page, offsets[slot + 1])
    return NO_ADDRESS


def entry_bound(
    page: KeyBytes, offsets: memoryview, low: int, count: int, entry: KeyBytes, at: int
) -> int:
    """The first leaf entry from `low` on that is not below the entry at `entry.bytes[at]`, by key
    and address.
    """
    high = count
    while low < high:
        middle = (low + high) // 2
        if compare_entries(page, offsets[middle], entry, at) < 0:
            low = middle + 1
        else:
            high = middle
    return low


def run_until(
    run: KeyBytes,
    starts: memoryview,
    order: memoryview,
    first: int,
    last: int,
    page: KeyBytes,
    at: int,
) -> int:
    """The first of a run's sorted entries `first` to `last` whose key is not below the key at
    `page.bytes[at]`.
    """
    while first < last:
        middle = (first + last) // 2
        if compare_keys(run, starts[order[middle]] + 2, page, at) < 0:
            first = middle + 1
        else:
            last = middle
    return first


def match_keys(
    page: KeyBytes,
    offsets: memoryview,
    count: int,
    run: KeyBytes,
    starts: memoryview,
    order: memoryview,
    first: int,
    last: int,
    addresses: memoryview,
) -> None:
    """Set `addresses[i]` for the run's entries `i = order[first:last]` whose key is in this leaf.

    Others are left.
    """
    for k in range(first, last):
        at = starts[order[k]] + 2
        slot = lower_bound(page, offsets, count, run, at)
        if slot < count and compare_keys(page, offsets[slot] + 2, run, at) == 0:
            addresses[order[k]] = address_of(page, offsets[slot + 1])


def match_entries(
    page: KeyBytes,
    offsets: memoryview,
    count: int,
    run: KeyBytes,
    starts: memoryview,
    order: memoryview,
    first: int,
    last: int,
    slots: memoryview,
) -> None:
    """Set `slots[k - first]` to the slot of each of the run's entries, or NO_MATCH.

    An entry that stands in a run twice matches two slots.
    """
    slot = 0
    for k in range(first, last):
        at = starts[order[k]]
        slot = entry_bound(page, offsets, slot, count, run, at)
        if slot < count and compare_entries(page, offsets[slot], run, at) == 0:
            slots[k - first] = slot
            slot += 1
        else:
            slots[k - first] = NO_MATCH


def merge_run(
    page: KeyBytes,
    offsets: memoryview,
    count: int,
    run: KeyBytes,
    starts: memoryview,
    order: memoryview,
    first: int,
    last: int,
    out: WritableBytes,
    out_offsets: memoryview,
) -> int:
    """Write the leaf's entries and the run's entries `order[first:last]` to `out`, in order; where
    they end.

    They start in `out` where they start in `page`. `out_offsets` gets their positions and their
    end.
    """
    written = offsets[0]
    placed = 0
    slot = 0
    for k in range(first, last):
        entry = order[k]
        until = entry_bound(page, offsets, slot, count, run, starts[entry])
        written = copy_entries(page, offsets, slot, until, out, written, out_offsets, placed)
        placed += until - slot
        slot = until
        out_offsets[placed] = written
        placed += 1
        size = starts[entry + 1] - starts[entry]
        out[written : written + size] = run.bytes[starts[entry] : starts[entry + 1]]
        written += size
    written = copy_entries(page, offsets, slot, count, out, written, out_offsets, placed)
    out_offsets[placed + count - slot] = written
    return written


def remove_slots(
    page: KeyBytes,
    offsets: memoryview,
    count: int,
    slots: memoryview,
    slot_count: int,
    out: WritableBytes,
    out_offsets: memoryview,
) -> int:
    """Write the node's entries except the ascending `slots` (NO_MATCH is passed over) to `out`.

    Where they end.
    """
    written = offsets[0]
    placed = 0
    slot = 0
    for k in range(slot_count):
        if slots[k] == NO_MATCH:
            continue
        written = copy_entries(page, offsets, slot, slots[k], out, written, out_offsets, placed)
        placed += slots[k] - slot
        slot = slots[k] + 1
    written = copy_entries(page, offsets, slot, count, out, written, out_offsets, placed)
    out_offsets[placed + count - slot] = written
    return written


def copy_entries(
    page: KeyBytes,
    offsets: memoryview,
    first: int,
    last: int,
    out: WritableBytes,
    written: int,
    out_offsets: memoryview,
    placed: int,
) -> int:
    """Append the entries `first` to `last` to `out`, which holds `written` bytes and `placed`
    entries; the bytes now.
    """
    start = offsets[first]
    size = offsets[last] - start
    if size:
        out[written : written + size] = page.bytes[start : start + size]
    for i in range(first, last):
        out_offsets[placed + i - first] = written + offsets[i] - start
    return written + size


def splice_offsets(
    offsets: memoryview, count: int, slot: int, gone: int, size: int, out: memoryview
) -> None:
    """Set `out` to the offsets of a node in which an entry of `size` bytes, none when that is 0,
    has taken the place of the `gone` (0 or 1) entries at `slot`.
    """
    for i in range(slot + 1):
        out[i] = offsets[i]
    shift = size - offsets[slot + gone] + offsets[slot]
    placed = slot
    if size:
        placed += 1
    for i in range(slot + gone, count + 1):
        out[placed + i - slot - gone] = offsets[i] + shift


def first_disorder(page: KeyBytes, offsets: memoryview, count: int) -> int:
    """The first leaf entry that is below the one before it, by key and address.

    -1 if there is none.
    """
    for i in range(1, count):
        if compare_entries(page, offsets[i - 1], page, offsets[i]) > 0:
            return i
    return -1


def collect_addresses(
    page: KeyBytes, offsets: memoryview, first: int, last: int, addresses: memoryview
) -> None:
    """Set `addresses` from the leaf entries `first` to `last`."""
    for i in range(first, last):
        addresses[i - first] = address_of(page, offsets[i + 1])


def address_of(page: KeyBytes, end: int) -> int:
    """The address in the leaf entry that ends at `end`."""
    number = page.bytes[end - 6] | page.bytes[end - 5] << 8 | page.bytes[end - 4] << 16
    high = page.bytes[end - 3]
    return (high << 24 | number) << 16 | page.bytes[end - 2] | page.bytes[end - 1] << 8
