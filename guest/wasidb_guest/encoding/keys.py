"""Index keys and index entries: their bytes and their order.

    entry    u16 key size | key | u32 page, u16 offset of the record
    key      u32 column count | for each column: u32 size | tagged value
    tagged   type tag | value as in a record; NULL is the tag alone

    (text "ab") in a record at page 8, offset 32:
    0c 00 | 01 00 00 00 | 05 00 00 00 | 0b 02 00 61 62 | 08 00 00 00 20 00

Keys order by column; values of different types order by tag, so NULL (tag 10) comes after signed
integers, decimals, dates and json and before text, unsigned integers and uuid. A key that is a
proper prefix of another comes first. Date-times order field by field as stored, the zone last.
Decimal and json, which have no cheap order of their bytes, are left to `encoding.ordering`.
"""

from typing import Any

from wasidb_guest import values
from wasidb_guest.encoding.ordering import ordering_key
from wasidb_guest.vectors import Bytes

BLOB, BOOLEAN, DATE, DATETIME, DECIMAL, INT8, INT64, JSON = 0, 1, 2, 3, 4, 5, 8, 9
NULL, TEXT, UINT8, UINT64, UUID, CUSTOM, FLOAT32, FLOAT64 = 10, 11, 12, 15, 16, 17, 18, 19
WORD, SIGN = 0xFFFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000
TAG_AT, VALUE_AT = 8, 9
"""Of the first column; the count of columns and its size stand in front."""
INTEGER_END, ONE_MASK = 17, 0xFFFF_FFFF
READ_ALONG = bytes(7)
ADDRESS_SIZE = 6
ENTRY_OVERHEAD = 16
"""Of the entry of a key of one column, besides the tagged value."""
PAST_END = "an index key runs past the end of its bytes"
FLOAT32_INFINITY, FLOAT64_INFINITY = 0x7F80_0000, 0x7FF0_0000_0000_0000


class KeyBytes:
    """Bytes that hold keys.

    An object, because handing a buffer from function to function costs more than comparing does. To
    the compiler `raw` is a plain pointer to the same bytes: whoever reads through it compares with
    `size` first, once for a number or a text, or takes `u8_at`. A buffer would keep the bytes where
    they are, and would cost more than a search in a node. So what holds keys has the same size for
    as long as it exists, as frames and runs do.
    """

    def __init__(self, source: bytes | bytearray) -> None:
        self.hold(source)

    def hold(self, source: bytes | bytearray) -> None:
        """Hold these bytes from now on."""
        self.source: Bytes = source
        self.raw = source
        self.size = len(source)


def key_bytes(source: bytes | bytearray) -> KeyBytes:
    """`KeyBytes(source)`, for kernels: a class that is called takes its arguments as a tuple."""
    held = KeyBytes.__new__(KeyBytes)
    held.hold(source)
    return held


def probe_of(key: bytes) -> KeyBytes:
    """A key by itself, to look for. Zeros are behind it, because eight bytes are read of an integer
    however narrow it is.
    """
    return key_bytes(key + READ_ALONG)


def compare_keys(a: KeyBytes, a_at: int, b: KeyBytes, b_at: int) -> int:
    """Order of the key at `a.bytes[a_at]` against the one at `b.bytes[b_at]`: -1, 0 or 1.

    Most keys begin with an integer, of which count, size and value are two words.
    """
    if a_at + INTEGER_END <= a.size and b_at + INTEGER_END <= b.size:
        front = word_at(a, a_at)
        tag = a.raw[a_at + TAG_AT]
        if front == word_at(b, b_at) and tag == b.raw[b_at + TAG_AT] and is_integer(tag):
            order = sign_of_u64(rank_at(a, a_at + VALUE_AT, tag), rank_at(b, b_at + VALUE_AT, tag))
            if order or front & ONE_MASK == 1:
                return order
    a_columns = u32_at(a, a_at)
    b_columns = u32_at(b, b_at)
    a_at += 4
    b_at += 4
    for _ in range(a_columns if a_columns < b_columns else b_columns):
        a_size = u32_at(a, a_at)
        b_size = u32_at(b, b_at)
        order = compare_tagged(a, a_at + 4, a_size, b, b_at + 4, b_size)
        if order:
            return order
        a_at += 4 + a_size
        b_at += 4 + b_size
    return sign_of(a_columns, b_columns)


def compare_tagged(a: KeyBytes, a_at: int, a_size: int, b: KeyBytes, b_at: int, b_size: int) -> int:
    """Order of two tagged values of the given sizes in bytes."""
    tag = u8_at(a, a_at)
    b_tag = u8_at(b, b_at)
    if tag != b_tag:
        return sign_of(tag, b_tag)
    if tag == NULL:
        return 0
    a_at += 1
    b_at += 1
    if tag >= UINT8 and tag <= UINT64:
        return sign_of_u64(u64_at(a, a_at, 1 << (tag - UINT8)), u64_at(b, b_at, 1 << (tag - UINT8)))
    if tag >= INT8 and tag <= INT64:
        return compare_signed(a, a_at, b, b_at, 1 << (tag - INT8))
    if tag in (TEXT, BLOB):
        return compare_bytes(a, a_at + 2, a_size - 3, b, b_at + 2, b_size - 3)
    if tag == UUID:
        return compare_bytes(a, a_at, 16, b, b_at, 16)
    if tag == DATE:
        return sign_of_u64(date_at(a, a_at), date_at(b, b_at))
    if tag == DATETIME:
        return compare_datetimes(a, a_at, b, b_at)
    if tag == BOOLEAN:
        return sign_of(u8_at(a, a_at) != 0, u8_at(b, b_at) != 0)
    if tag == CUSTOM:
        return compare_customs(a, a_at, a_size - 1, b, b_at, b_size - 1)
    if tag in (FLOAT32, FLOAT64):
        return compare_floats(a, a_at, b, b_at, 4 if tag == FLOAT32 else 8)
    return order_encoded(
        tag, bytes(a.source[a_at : a_at + a_size - 1]), bytes(b.source[b_at : b_at + b_size - 1])
    )


def order_encoded(tag: int, a: bytes, b: bytes) -> int:
    """Order of two decimals or two json texts, encoded as in a record."""
    if tag == DECIMAL:
        return compare_ranks(ordering_key(values.DECIMAL, a), ordering_key(values.DECIMAL, b))
    return compare_ranks(ordering_key(values.JSON, a[2:]), ordering_key(values.JSON, b[2:]))


def compare_ranks(a: Any, b: Any) -> int:
    """Order of two Python objects."""
    return int(a > b) - int(a < b)


def compare_bytes(a: KeyBytes, a_at: int, a_size: int, b: KeyBytes, b_at: int, b_size: int) -> int:
    """Unsigned bytewise order, a proper prefix first."""
    if a_at + a_size > a.size or b_at + b_size > b.size:
        raise IndexError(PAST_END)
    for i in range(a_size if a_size < b_size else b_size):
        if a.raw[a_at + i] != b.raw[b_at + i]:
            return -1 if a.raw[a_at + i] < b.raw[b_at + i] else 1
    return sign_of(a_size, b_size)


def compare_signed(a: KeyBytes, a_at: int, b: KeyBytes, b_at: int, width: int) -> int:
    """Order of two's complement integers: flipping the sign bit makes it that of unsigned ones."""
    flip = 1
    flip <<= 8 * width - 1
    return sign_of_u64(u64_at(a, a_at, width) ^ flip, u64_at(b, b_at, width) ^ flip)


def compare_datetimes(a: KeyBytes, a_at: int, b: KeyBytes, b_at: int) -> int:
    """Field by field: date, hour, minute, second, microsecond, zone."""
    order = sign_of_u64(date_at(a, a_at), date_at(b, b_at))
    for i in range(4, 7):
        if order == 0:
            order = sign_of(u8_at(a, a_at + i), u8_at(b, b_at + i))
    if order == 0:
        order = sign_of_u64(u64_at(a, a_at + 7, 4), u64_at(b, b_at + 7, 4))
    if order == 0:
        order = compare_signed(a, a_at + 11, b, b_at + 11, 2)
    return order


def compare_customs(
    a: KeyBytes, a_at: int, a_size: int, b: KeyBytes, b_at: int, b_size: int
) -> int:
    """By type tag, then by data; both with a u16 length in front."""
    a_tag = u8_at(a, a_at) | u8_at(a, a_at + 1) << 8
    b_tag = u8_at(b, b_at) | u8_at(b, b_at + 1) << 8
    order = compare_bytes(a, a_at + 2, a_tag, b, b_at + 2, b_tag)
    if order:
        return order
    a_data = 2 + a_tag + 2
    b_data = 2 + b_tag + 2
    return compare_bytes(a, a_at + a_data, a_size - a_data, b, b_at + b_data, b_size - b_data)


def compare_floats(a: KeyBytes, a_at: int, b: KeyBytes, b_at: int, width: int) -> int:
    """Numeric order; -0.0 equals 0.0, NaN equals NaN and is greater than everything."""
    return sign_of_u64(
        float_rank(u64_at(a, a_at, width), width), float_rank(u64_at(b, b_at, width), width)
    )


def float_rank(bits: int, width: int) -> int:
    """An unsigned integer that orders as the IEEE 754 number with these bits does."""
    sign = 1
    sign <<= 8 * width - 1
    magnitude = bits & (sign - 1)
    if magnitude > (FLOAT32_INFINITY if width == 4 else FLOAT64_INFINITY):
        return sign | (sign - 1)
    if bits & sign and magnitude:
        return sign - 1 - magnitude
    return sign | magnitude


def compare_entries(a: KeyBytes, a_at: int, b: KeyBytes, b_at: int) -> int:
    """Order of two leaf entries: by key, then by page and offset."""
    order = compare_keys(a, a_at + 2, b, b_at + 2)
    if order:
        return order
    return sign_of_u64(address_at(a, a_at), address_at(b, b_at))


def bound_near(
    source: KeyBytes,
    offsets: memoryview,
    low: int,
    count: int,
    step: int,
    entry: KeyBytes,
    at: int,
) -> int:
    """The first of the sorted entries at `offsets[low:count]` that is not below the entry at
    `entry.raw[at]`; `count` if there is none.

    It is expected `step` entries from `low`, and looked for there first, in steps that double.
    What is to be compared of a key that is one integer is read once.
    """
    front = rank = address = 0
    tag = -1
    if at + 2 + INTEGER_END <= entry.size and is_integer(entry.raw[at + 2 + TAG_AT]):
        front = word_at(entry, at + 2)
        if front & ONE_MASK == 1:
            tag = entry.raw[at + 2 + TAG_AT]
            rank = rank_at(entry, at + 2 + VALUE_AT, tag)
            address = address_at(entry, at)
    high = low + step - 1
    while high < count and is_below(source, offsets[high], entry, at, front, tag, rank, address):
        low = high + 1
        high += step
        step += step
    high = min(high, count)
    while low < high:
        middle = (low + high) >> 1
        if is_below(source, offsets[middle], entry, at, front, tag, rank, address):
            low = middle + 1
        else:
            high = middle
    return low


def is_below(
    a: KeyBytes, a_at: int, b: KeyBytes, b_at: int, front: int, tag: int, rank: int, address: int
) -> bool:
    """Whether one entry is below another, of which `bound_near` has read count and size, tag, rank
    and address; no tag, -1, if its key is not one integer.
    """
    if (
        tag >= 0
        and a_at + 2 + INTEGER_END <= a.size
        and word_at(a, a_at + 2) == front
        and a.raw[a_at + 2 + TAG_AT] == tag
    ):
        a_rank = rank_at(a, a_at + 2 + VALUE_AT, tag)
        return a_rank < rank if a_rank != rank else address_at(a, a_at) < address
    return compare_entries(a, a_at, b, b_at) < 0


def u8_at(source: KeyBytes, at: int) -> int:
    """Read a byte."""
    if at < 0 or at >= source.size:
        raise IndexError(PAST_END)
    return source.raw[at]


def u32_at(source: KeyBytes, at: int) -> int:
    """Read a little-endian u32 below 2^31."""
    if at + 4 > source.size:
        raise IndexError(PAST_END)
    value: int = source.raw[at + 3]
    value = value << 8 | source.raw[at + 2]
    return value << 16 | source.raw[at + 1] << 8 | source.raw[at]


def u64_at(source: KeyBytes, at: int, width: int) -> int:
    """Read a little-endian unsigned integer of `width` bytes."""
    if at + width > source.size:
        raise IndexError(PAST_END)
    if width == 8:
        return word_at(source, at)
    value = 0
    for i in range(width - 1, -1, -1):
        value = value << 8 | source.raw[at + i]
    return value


def word_at(source: KeyBytes, at: int) -> int:
    """Read eight bytes, which the caller has found to be there. Written like this they are one load
    to the compiler for WebAssembly, and eight in a loop.
    """
    a: int = source.raw[at]
    b: int = source.raw[at + 1]
    c: int = source.raw[at + 2]
    d: int = source.raw[at + 3]
    e: int = source.raw[at + 4]
    f: int = source.raw[at + 5]
    g: int = source.raw[at + 6]
    h: int = source.raw[at + 7]
    return a | b << 8 | c << 16 | d << 24 | e << 32 | f << 40 | g << 48 | h << 56


def even_bound(
    source: KeyBytes,
    offsets: memoryview,
    low: int,
    count: int,
    key: KeyBytes,
    at: int,
    order: int,
) -> int:
    """The first of the sorted entries at `offsets[low:count]` whose order against the key at
    `key.raw[at]` is `order` or above; `count` if there is none.

    It is looked for first where it would be if the keys were spread evenly, then in steps from
    there that double: halving a node waits for memory a dozen times, for most integers once is
    enough.
    """
    high = count
    if low == high:
        return low
    front = rank = 0
    tag = -1
    place = (low + high) >> 1
    if at + INTEGER_END <= key.size and is_integer(key.raw[at + TAG_AT]):
        front, tag = word_at(key, at), key.raw[at + TAG_AT]
        rank = rank_at(key, at + VALUE_AT, tag)
        place = low + expected_place(
            source, offsets[low] + 2, offsets[high - 1] + 2, high - low, front, tag, rank
        )
    step = 1
    while low < high:
        if order_against(source, offsets[place] + 2, key, at, front, tag, rank) < order:
            low = place + 1
            place = low + step - 1
        else:
            high = place
            place = high - step
        if place < low or place >= high:
            place = (low + high) >> 1
        step += step
    return low


class Spread:
    """Of sorted keys how they lie: `step` bytes from one to the next if they are single integers,
    equally far apart, and what the first and the last one of them are; no step for others.

    It is found out once, so that a search waits for one place of memory alone, that of the key.
    """

    def __init__(self) -> None:
        self.first = self.step = self.front = self.lowest = self.reach = self.last_place = 0
        self.tag = -1

    def find(self, source: KeyBytes, first: int, last: int, count: int) -> None:
        """Find it out for `count` keys, from that at `source.raw[first]` to that at `last`."""
        if first + INTEGER_END > source.size or not is_integer(source.raw[first + TAG_AT]):
            return
        front, tag = word_at(source, first), source.raw[first + TAG_AT]
        step = ENTRY_OVERHEAD + (front >> 32)
        is_even = front & ONE_MASK == 1 and last - first == step * (count - 1)
        if is_even and is_like(source, last, front, tag):
            self.first, self.step, self.front, self.tag = first, step, front, tag
            self.lowest = rank_at(source, first + VALUE_AT, tag)
            self.reach = rank_at(source, last + VALUE_AT, tag) - self.lowest
            self.last_place = count - 1


def even_match(source: KeyBytes, spread: Spread, key: KeyBytes, at: int) -> int:
    """Where in `source.raw` the key at `key.raw[at]` is among those of a spread, if these are
    spread evenly; -1 if it is not there, but it may be elsewhere.
    """
    if spread.step == 0 or not is_like(key, at, spread.front, spread.tag):
        return -1
    rank = rank_at(key, at + VALUE_AT, spread.tag)
    if rank < spread.lowest or rank - spread.lowest > spread.reach:
        return -1
    place = place_at(rank - spread.lowest, spread.reach, spread.last_place)
    found = spread.first + spread.step * place
    is_there = (
        is_like(source, found, spread.front, spread.tag)
        and rank_at(source, found + VALUE_AT, spread.tag) == rank
    )
    return found if is_there else -1


def order_against(
    a: KeyBytes, a_at: int, b: KeyBytes, b_at: int, front: int, tag: int, rank: int
) -> int:
    """The same as `compare_keys`, with the count, size, tag and rank of the other key's first
    column; no tag, -1, if that is no integer.
    """
    if tag >= 0 and is_like(a, a_at, front, tag):
        a_rank = rank_at(a, a_at + VALUE_AT, tag)
        if a_rank != rank or front & ONE_MASK == 1:
            return sign_of_u64(a_rank, rank)
    return compare_keys(a, a_at, b, b_at)


def is_like(source: KeyBytes, at: int, front: int, tag: int) -> bool:
    """Whether a key has this count of columns, and a first one of this size and tag, an integer."""
    return (
        at + INTEGER_END <= source.size
        and word_at(source, at) == front
        and source.raw[at + TAG_AT] == tag
    )


def expected_place(
    source: KeyBytes, first: int, last: int, count: int, front: int, tag: int, rank: int
) -> int:
    """Which of `count` sorted keys, from the one at `source.raw[first]` to that at `last`, one of
    this count, size, tag and rank would be if they were integers spread evenly; the middle one if
    they are not like it.
    """
    if not is_like(source, first, front, tag) or not is_like(source, last, front, tag):
        return count >> 1
    lowest = rank_at(source, first + VALUE_AT, tag)
    highest = rank_at(source, last + VALUE_AT, tag)
    if rank <= lowest:
        return 0
    if rank >= highest:
        return count - 1
    return place_at(rank - lowest, highest - lowest, count - 1)


def place_at(above: int, reach: int, last: int) -> int:
    """Which place is that of a number so far above the lowest, if the highest, `reach` above it, is
    at the place `last`, below 2^16.
    """
    while reach > ONE_MASK:  # so that the product has 64 bits
        reach >>= 8
        above >>= 8
    return above * last // reach if reach else 0


def is_integer(tag: int) -> bool:
    """Whether cells of this tag are integers."""
    return (tag >= UINT8 and tag <= UINT64) or (tag >= INT8 and tag <= INT64)


def rank_at(source: KeyBytes, at: int, tag: int) -> int:
    """An unsigned integer that orders as the integers of that tag do. Eight bytes are read, and
    those behind a narrower one shifted out.
    """
    if tag >= UINT8:
        return word_at(source, at) << (64 - (8 << (tag - UINT8))) & WORD
    return (word_at(source, at) << (64 - (8 << (tag - INT8))) & WORD) ^ SIGN


def address_at(entry: KeyBytes, at: int) -> int:
    """The address in the leaf entry at an offset: u32 page, u16 offset."""
    if at < 0 or at + 2 > entry.size:
        raise IndexError(PAST_END)
    at += 2 + (entry.raw[at] | entry.raw[at + 1] << 8)
    if at + ADDRESS_SIZE > entry.size:
        raise IndexError(PAST_END)
    low: int = entry.raw[at]
    high: int = entry.raw[at + 2]
    low |= entry.raw[at + 1] << 8
    high |= entry.raw[at + 3] << 8
    return (high << 16 | low) << 16 | entry.raw[at + 5] << 8 | entry.raw[at + 4]


def date_at(source: KeyBytes, at: int) -> int:
    """A date as year, month, day in one integer."""
    return u64_at(source, at, 2) << 16 | u8_at(source, at + 2) << 8 | u8_at(source, at + 3)


def sign_of(a: int, b: int) -> int:
    """-1, 0 or 1 as `a` is below, equal to or above `b`."""
    return (a > b) - (a < b)


def sign_of_u64(a: int, b: int) -> int:
    """The same for unsigned 64-bit integers."""
    return (a > b) - (a < b)
