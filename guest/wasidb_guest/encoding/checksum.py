"""CRC-32C (Castagnoli, RFC 3720, appendix B.4): what tells a whole log record from a torn one.

    crc32c(b"123456789") == 0xE3069283

Sixteen bytes at a time through sixteen tables ("slicing", Kounavis and Berry, 2005): only four of
them wait for the step before. Little data goes through the first table alone: after a wait,
fetching all of them takes longer. A kernel.
"""

from array import array

from wasidb_guest.vectors import Bytes

POLYNOMIAL = 0x82F6_3B78
ALL_ONES = 0xFFFF_FFFF
SLICED_MIN = 1024
SLICE_SIZE = 16


def crc32c(data: Bytes) -> int:
    """The checksum of `data`."""
    return advance(data, 0, len(data), ALL_ONES) ^ ALL_ONES


def advance(data: Bytes, at: int, end: int, crc: int) -> int:
    """The shift register `crc` after `data[at:end]`, which is there."""
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


def u32_at(data: Bytes, at: int) -> int:
    """Read a little-endian u32; a compiler makes a single load of it."""
    low: int = data[at]
    high: int = data[at + 2]
    low |= data[at + 1] << 8
    high |= data[at + 3] << 8
    return high << 16 | low


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
