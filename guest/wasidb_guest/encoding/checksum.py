"""CRC-32C (Castagnoli, RFC 3720, appendix B.4): what tells a whole log record from a torn one.

    crc32c(b"123456789") == 0xE3069283

Eight bytes at a time through eight tables ("slicing by eight", Kounavis and Berry, 2005). Little
data goes through the first table alone: after a wait, fetching all of them takes longer. A kernel.
"""

from array import array

from wasidb_guest.vectors import Bytes

POLYNOMIAL = 0x82F6_3B78
ALL_ONES = 0xFFFF_FFFF
SLICED_MIN = 1024


def crc32c(data: Bytes) -> int:
    """The checksum of `data`."""
    return advance(TABLES, data, ALL_ONES) ^ ALL_ONES


def advance(tables: memoryview, data: Bytes, crc: int) -> int:
    """The shift register `crc` after `data`; `tables` are 8 times 256 uint32."""
    at = 0
    end = len(data)
    while end >= SLICED_MIN and at + 8 <= end:
        crc = (
            tables[1792 + (crc & 255 ^ data[at])]
            ^ tables[1536 + (crc >> 8 & 255 ^ data[at + 1])]
            ^ tables[1280 + (crc >> 16 & 255 ^ data[at + 2])]
            ^ tables[1024 + (crc >> 24 ^ data[at + 3])]
            ^ tables[768 + data[at + 4]]
            ^ tables[512 + data[at + 5]]
            ^ tables[256 + data[at + 6]]
            ^ tables[data[at + 7]]
        )
        at += 8
    while at < end:
        crc = tables[crc & 255 ^ data[at]] ^ crc >> 8
        at += 1
    return crc


def make_tables() -> memoryview:
    """Table k, entry n: the register after byte n and k zero bytes."""
    entries = list(range(256))
    for _ in range(8):
        entries = [entry >> 1 ^ (POLYNOMIAL if entry & 1 else 0) for entry in entries]
    first = entries
    tables = array("I", first)
    for _ in range(7):
        entries = [first[entry & 255] ^ entry >> 8 for entry in entries]
        tables.extend(entries)
    return memoryview(tables)


TABLES = make_tables()
