"""Records of some pages side by side: where each is, and how far it has been read.

    pages        page 8            page 9                the frames, as they are in the cache
    limits            3                 5                the first record that is not on the page
    addresses    8,0 8,64 8,128    9,0 9,96
    cursors      2   66   130      2   98                where its next cell begins in its page
    ends         40  101  190      77  160               where its body ends

A block is made of whole pages, or of addresses in any order: then the same page may stand in it
several times. No byte of a record is copied before its column is read (see `record_columns`)."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from wasidb_guest.encoding.records import choose_records, measure_bodies, page_runs
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.layout import offset_of, page_of

CACHED_PAGES = 16
"""A mebibyte, and with the copies of a writer two."""


class RecordBlock:
    """The records at `addresses`, whose bodies span `cursors` to `ends`."""

    def __init__(
        self,
        pages: Sequence[bytearray],
        limits: memoryview,
        cursors: memoryview,
        ends: memoryview,
        addresses: memoryview,
    ) -> None:
        self.pages = pages
        self.limits = limits
        self.cursors = cursors
        self.ends = ends
        self.addresses = addresses

    @property
    def count(self) -> int:
        return len(self.addresses)

    def size_behind(self, ahead: int) -> int:
        """The bytes of the cells that have not been read, behind so many of each record."""
        return measure_bodies(self.cursors, self.ends, self.count, ahead)

    def page_of_row(self, row: int) -> bytearray:
        """The page a record is on."""
        return self.pages[bisect_right(self.limits, row)]

    def choose(self, rows: memoryview) -> None:
        """Keep the records of these rows, uint32 and ascending, as if nothing had been read."""
        choose_records(rows, self.limits, self.cursors, self.ends, self.addresses)
        count = len(rows)
        self.cursors, self.ends = self.cursors[:count], self.ends[:count]
        self.addresses = self.addresses[:count]


def pages_of(addresses: memoryview) -> tuple[list[int], memoryview]:
    """The page of each run of addresses on the same page, and the first address behind the run."""
    numbers, limits = uint64s(len(addresses)), int32s(len(addresses))
    count = page_runs(addresses, numbers, limits)
    return numbers[:count].tolist(), limits[:count]


def stretches(addresses: memoryview) -> Iterator[memoryview]:
    """Addresses in parts, each on so few pages that these stay in the processor's cache while
    something is done about their records in several steps.
    """
    limits, row = pages_of(addresses)[1], 0
    for end in (*limits[CACHED_PAGES - 1 : -1 : CACHED_PAGES], *limits[-1:]):
        yield addresses[row:end]
        row = end


def missing(record: int, table: str) -> Corrupted:
    """What is wrong with an address where no record is."""
    return Corrupted(page_of(record), offset_of(record), f"no record of table {table!r} here")


def overlap(record: int, table: str) -> Corrupted:
    """What is wrong with a record at an address where the next one has begun."""
    message = f"record of table {table!r} runs into the next one"
    return Corrupted(page_of(record), offset_of(record), message)


def uint64s(count: int) -> memoryview:
    """A zeroed array of uint64."""
    return memoryview(bytearray(8 * count)).cast("Q")
