"""CRC-32C (Castagnoli, RFC 3720, appendix B.4): what tells a whole log record from a torn one.

    crc32c(b"123456789") == 0xE3069283

Sixteen bytes at a time through sixteen tables ("slicing", Kounavis and Berry, 2005): only four of
them wait for the step before. Little data goes through the first table alone: after a wait,
fetching all of them takes longer.

Much data is folded first, without a table ("Chorba", Russell, 2024). Where a multiple of the
polynomial has few terms, a bit can be taken away and added where the other terms are, farther on,
until the last ones stand for all of them:

    1 + x^65 + x^155 + x^170 + x^195 + x^209    is such a multiple of the polynomial in reverse, and
                                                so is its 64th power, which has words where this
                                                has bits: f(x)^2 = f(x^2), modulo 2

A kernel.
"""

from array import array

from wasidb_guest.vectors import Bytes

POLYNOMIAL = 0x82F6_3B78
ALL_ONES = 0xFFFF_FFFF
SLICED_MIN = 1024
SLICE_SIZE = 16
FOLDED_MIN = 1 << 13
WORD_SIZE, BLOCK_WORDS = 8, 512
REACH = 209


def crc32c(data: Bytes) -> int:
    """The checksum of `data`."""
    return advance(data, 0, len(data), ALL_ONES) ^ ALL_ONES


def advance(data: Bytes, at: int, end: int, crc: int) -> int:
    """The shift register `crc` after `data[at:end]`, which is there."""
    if end - at >= FOLDED_MIN:
        folded_end = end - (end - at) % (WORD_SIZE * BLOCK_WORDS)
        crc, at = fold(data, at, folded_end, crc), folded_end
    sliced_end = at if end - at < SLICED_MIN else end - (SLICE_SIZE - 1)
    while at < sliced_end:
        first = crc ^ u32_at(data, at)
        second, third, fourth = u32_at(data, at + 4), u32_at(data, at + 8), u32_at(data, at + 12)
        crc = (
            TABLES[3840 + (first & 255)]
            ^ TABLES[3584 + (first >> 8 & 255)]
            ^ TABLES[3328 + (first >> 16 & 255)]
            ^ TABLES[3072 + (first >> 24)]
            ^ TABLES[2816 + (second & 255)]
            ^ TABLES[2560 + (second >> 8 & 255)]
            ^ TABLES[2304 + (second >> 16 & 255)]
            ^ TABLES[2048 + (second >> 24)]
            ^ TABLES[1792 + (third & 255)]
            ^ TABLES[1536 + (third >> 8 & 255)]
            ^ TABLES[1280 + (third >> 16 & 255)]
            ^ TABLES[1024 + (third >> 24)]
            ^ TABLES[768 + (fourth & 255)]
            ^ TABLES[512 + (fourth >> 8 & 255)]
            ^ TABLES[256 + (fourth >> 16 & 255)]
            ^ TABLES[fourth >> 24]
        )
        at += SLICE_SIZE
    while at < end:
        crc = TABLES[crc & 255 ^ data[at]] ^ crc >> 8
        at += 1
    return crc


def fold(data: Bytes, at: int, end: int, crc: int) -> int:
    """The same for a number of whole blocks."""
    words, tail = WORDS, TAIL
    words[0] = crc
    for i in range(1, REACH):
        words[i] = 0
    while at < end:
        for i in range(REACH, REACH + BLOCK_WORDS):
            word = u64_at(data, at)
            word ^= words[i - 209] ^ words[i - 195] ^ words[i - 170]
            word ^= words[i - 155] ^ words[i - 65]
            words[i] = word
            at += WORD_SIZE
        for i in range(REACH):
            words[i] = words[i + BLOCK_WORDS]
    # None of the last words is taken away, so they are not added to one another.
    for i in range(REACH - 1, 64, -1):
        word = words[i] ^ words[i - 65]
        if i >= 155:
            word ^= words[i - 155]
        if i >= 170:
            word ^= words[i - 170]
        if i >= 195:
            word ^= words[i - 195]
        words[i] = word
    for i in range(REACH):
        for byte in range(WORD_SIZE):
            tail[i * WORD_SIZE + byte] = words[i] >> 8 * byte & 0xFF
    return advance(tail, 0, REACH * WORD_SIZE, 0)


def u32_at(data: Bytes, at: int) -> int:
    """Read a little-endian u32; a compiler makes a single load of it."""
    low: int = data[at]
    high: int = data[at + 2]
    low |= data[at + 1] << 8
    high |= data[at + 3] << 8
    return high << 16 | low


def u64_at(data: Bytes, at: int) -> int:
    """The same for a u64."""
    a: int = data[at]
    b: int = data[at + 1]
    c: int = data[at + 2]
    d: int = data[at + 3]
    e: int = data[at + 4]
    f: int = data[at + 5]
    g: int = data[at + 6]
    h: int = data[at + 7]
    return a | b << 8 | c << 16 | d << 24 | e << 32 | f << 40 | g << 48 | h << 56


def make_tables() -> memoryview:
    """Table k, entry n: the register after byte n and k zero bytes."""
    entries = list(range(256))
    for _ in range(8):
        entries = [entry >> 1 ^ (POLYNOMIAL if entry & 1 else 0) for entry in entries]
    first = entries
    tables = array("I", first)
    for _ in range(SLICE_SIZE - 1):
        entries = [first[entry & 255] ^ entry >> 8 for entry in entries]
        tables.extend(entries)
    return memoryview(tables)


TABLES = make_tables()
WORDS = memoryview(bytearray(WORD_SIZE * (REACH + BLOCK_WORDS))).cast("Q")
TAIL = memoryview(bytearray(WORD_SIZE * REACH))
"""Scratch space: the last words before a block, and the block; the last words as bytes."""
