"""The file format in numbers. FORMAT.md draws it; this module is the authority.

All integers are little-endian. A file is a sequence of 65,536-byte pages without any header of its
own:

    page 0   schema registry: hash of all definitions, one entry a table
    page 1   access-control list
    page 2   unclaimed pages: a stack of pages free for reuse
    page 3+  table structures, index nodes and records, in the order they were claimed
"""

from struct import Struct

from wasidb_memory import PAGE_SIZE as PAGE_SIZE

SCHEMA_REGISTRY_PAGE = 0
ACCESS_CONTROL_PAGE = 1
UNCLAIMED_PAGE = 2
RESERVED_PAGES = 3

NO_PAGE = 0xFFFF_FFFF

# Ledgers are rewritten whole from offset 0 and padded with zeros to this multiple.
LEDGER_ALIGNMENT = 32

U16 = Struct("<H")
U32 = Struct("<I")
U64 = Struct("<Q")

# Schema registry: schema hash, table count, then the entries. An entry: fingerprint, snapshot page,
# page-ledger page, free-segments page, index-ledger page, 1 if an autoincrement-ledger page number
# follows.
REGISTRY_HEADER = Struct("<QQ")
REGISTRY_ENTRY = Struct("<QIIIIB")

# Unclaimed pages: count, then page numbers; the last is the next to be claimed.
UNCLAIMED_PAGES_MAX = 16_382

# Page ledger: count, then (record page, bytes free above the high-water mark) in claim order.
PAGE_LEDGER_ENTRY = Struct("<IQ")
RECORD_PAGES_MAX = 5_461

# Free segments: a ledger page (u16 count, u32 segment-table pages), tables of u16 count and (page,
# offset, size).
SEGMENT = Struct("<IHH")
SEGMENTS_PER_TABLE = 8_191
SEGMENT_TABLES_MAX = 16_383
SEGMENT_SIZE_MAX = 65_535

# Records: u16 body length, body, zeros up to the stride.
RECORD_HEADER_SIZE = 2
RECORD_SLOT_MAX = 65_535

# Index nodes. Leaf: type 1, parent, count, previous leaf, next leaf; entries of u16 key length,
# key, u32 page, u16 offset. Inner node: type 0, parent, count, rightmost child; entries of u16 key
# length, key, u32 child.
LEAF = 1
INNER = 0
LEAF_HEADER = Struct("<BIHII")
INNER_HEADER = Struct("<BIHI")
PARENT_AT, COUNT_AT = 1, 5
RIGHTMOST_AT = 7
PREVIOUS_AT, NEXT_AT = 7, 11
ENTRY_CHILD_SIZE, ENTRY_ADDRESS_SIZE = 4, 6
LEAF_ENTRY_OVERHEAD = 2 + ENTRY_ADDRESS_SIZE
KEY_SIZE_MAX = PAGE_SIZE - LEAF_HEADER.size - LEAF_ENTRY_OVERHEAD

# The redo log compares pages in words, and joins changed ranges that are at most this many words
# apart.
WORD_SIZE = 8
GAP_WORDS = 4

# What may have changed of a page is known by lines of so many bytes.
LINE_SIZE = 64
LINE_COUNT = PAGE_SIZE // LINE_SIZE

assert LEAF_HEADER.size == 15
assert INNER_HEADER.size == 11
assert REGISTRY_ENTRY.size == 25
assert PAGE_LEDGER_ENTRY.size == 12
assert 4 + RECORD_PAGES_MAX * PAGE_LEDGER_ENTRY.size == PAGE_SIZE
assert 2 + SEGMENTS_PER_TABLE * SEGMENT.size <= PAGE_SIZE
assert 4 + UNCLAIMED_PAGES_MAX * U32.size < PAGE_SIZE


def aligned(size: int, alignment: int) -> int:
    """The smallest multiple of `alignment` that is at least `size`."""
    return -(-size // alignment) * alignment


def address(page: int, offset: int) -> int:
    """A record's address as one integer; addresses order by page, then offset."""
    return page << 16 | offset


def page_of(record_address: int) -> int:
    """The page of a record's address."""
    return record_address >> 16


def offset_of(record_address: int) -> int:
    """The offset of a record's address within its page."""
    return record_address & 0xFFFF
