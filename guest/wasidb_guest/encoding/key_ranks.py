"""Brings a run of index entries near its order by integers, before anybody compares keys; a kernel.

    key of the first column     rank
    uint8 ... uint64            the value
    int8 ... int64              the value with its sign bit flipped
    text, blob                  the first eight bytes, the first one highest

A rank never contradicts the order of keys, but different keys may share one: `sort_by_rank` brings
entries in order of ranks, and `sort_ties` those in order that share one.

The first is a radix sort, a byte at a time from the lowest, and keeps entries of the same rank as
they stand. A byte that is the same in all ranks takes no pass, and ranks in order take none.

Types: starts, order and spare are int32, ranks and spare ranks uint64, counts has 256 int32."""

from wasidb_guest.encoding.key_runs import sort_run
from wasidb_guest.encoding.keys import KeyBytes, is_integer, u8_at

INT8, INT64, TEXT, BLOB, UINT8, UINT64 = 5, 8, 11, 0, 12, 15
COUNT_AT, TAG_AT = 2, 10
"""Entry size, count of columns and size of the first one stand in front of its tag."""
RANK_BYTES = 8
PAST_END = "an index entry runs past the end of its run"


def rank_entries(keys: KeyBytes, starts: memoryview, order: memoryview, ranks: memoryview) -> bool:
    """Set the rank of each entry of `order`; False if the type of the column has none or is not the
    same in all of them, as where some are NULL."""
    tag = u8_at(keys, starts[order[0]] + TAG_AT)
    width = sign_bit = 0
    if is_integer(tag):
        width = 1 << (tag - (UINT8 if tag >= UINT8 else INT8))
        sign_bit = 1 if tag < UINT8 else 0
        sign_bit <<= 8 * width - 1
    elif tag not in (TEXT, BLOB):
        return False
    for place in range(len(order)):
        at = starts[order[place]] + TAG_AT
        if at < 0 or at + 3 > keys.size:  # there is more behind a tag, its address at least
            raise IndexError(PAST_END)
        if keys.raw[at] != tag:
            return False
        if width:
            ranks[place] = integer_at(keys, at + 1, width) ^ sign_bit
        else:
            size = keys.raw[at + 1] | keys.raw[at + 2] << 8
            ranks[place] = prefix_at(keys, at + 3, size)
    return True


def is_its_rank(keys: KeyBytes, at: int) -> bool:
    """Whether the key of the entry at an offset is one integer: then equal ranks are equal keys."""
    tag = u8_at(keys, at + TAG_AT)
    count = u8_at(keys, at + COUNT_AT) | u8_at(keys, at + COUNT_AT + 1) << 8
    return count == 1 and is_integer(tag)


def integer_at(keys: KeyBytes, at: int, width: int) -> int:
    """Read a little-endian unsigned integer of `width` bytes."""
    if at < 0 or at + width > keys.size:
        raise IndexError(PAST_END)
    value = 0
    for i in range(width - 1, -1, -1):
        value = value << 8 | keys.raw[at + i]
    return value


def prefix_at(keys: KeyBytes, at: int, size: int) -> int:
    """The first bytes of a run of bytes, with zeros behind a shorter one."""
    if at < 0 or at + size > keys.size:
        raise IndexError(PAST_END)
    value = 0
    for i in range(RANK_BYTES):
        value <<= 8
        if i < size:
            value |= keys.raw[at + i]
    return value


def sort_by_rank(
    ranks: memoryview,
    order: memoryview,
    spare_ranks: memoryview,
    spare: memoryview,
    counts: memoryview,
) -> None:
    """Bring `order` into order of `ranks`, which are those of its entries.

    Each pass goes from one pair of arrays to the other.
    """
    count = len(order)
    ranked, ordered = ranks, order
    passes = 0
    different = 0
    ascends = True
    for place in range(1, count):
        different |= ranks[place] ^ ranks[0]
        if ranks[place - 1] > ranks[place]:
            ascends = False
    if ascends:
        return
    for shift in range(0, 8 * RANK_BYTES, 8):
        if different >> shift & 0xFF == 0:
            continue
        for byte in range(256):
            counts[byte] = 0
        for place in range(count):
            counts[ranked[place] >> shift & 0xFF] += 1
        start = 0
        for byte in range(256):
            start += counts[byte]
            counts[byte] = start - counts[byte]
        for place in range(count):
            byte = ranked[place] >> shift & 0xFF
            target = counts[byte]
            counts[byte] = target + 1
            spare_ranks[target] = ranked[place]
            spare[target] = ordered[place]
        ranked, spare_ranks = spare_ranks, ranked
        ordered, spare = spare, ordered
        passes += 1
    if passes & 1:
        for place in range(count):
            ranks[place] = ranked[place]
            order[place] = ordered[place]


def sort_ties(
    keys: KeyBytes, starts: memoryview, order: memoryview, spare: memoryview, ranks: memoryview
) -> None:
    """Bring entries of the same rank into order; those of `order` have these ranks, in order."""
    count = len(order)
    first = 0
    for place in range(1, count + 1):
        if place == count or ranks[place] != ranks[first]:
            if place - first > 1:
                sort_run(keys, starts, place - first, order[first:place], spare[first:place])
            first = place


def sort_equals(
    keys: KeyBytes,
    starts: memoryview,
    order: memoryview,
    spare: memoryview,
    ranks: memoryview,
    addresses: memoryview,
) -> None:
    """The same where equal ranks are equal keys: those are in order whose addresses ascend."""
    count = len(order)
    first = 0
    ascends = True
    for place in range(1, count + 1):
        if place == count or ranks[place] != ranks[first]:
            if not ascends:
                sort_run(keys, starts, place - first, order[first:place], spare[first:place])
            first = place
            ascends = True
        elif addresses[order[place - 1]] > addresses[order[place]]:
            ascends = False
