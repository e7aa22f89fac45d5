"""Rows of a table as JSON text, straight from their records. A kernel.

    index leaf      7 | 8,64    7 | 3,0    7 | 8,96      the entries of key 7
    addresses       3,0   8,64   8,96                    sorted: rows come as they are stored
    pages           3     8                              as they are in the cache
    records         ......|.............|..........      copied side by side
    text            [1,"Ann"],[5,"Bob"],[6,"Cid"]

For rows that are wanted by address: nothing is collected in between, so one row costs little. Many
rows of a page come cheaper as vectors (`Table.scan`, `query.results`).

Records are copied because a buffer of every page would cost more, and because the memory that they
are scattered over is then waited for once and not row after row.
"""

from array import array
from functools import lru_cache
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.json_rows import JsonText, RecordRows, StoredBytes
from wasidb_guest.encoding.keys import KeyBytes
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes import search
from wasidb_guest.indexes.search import (
    collect_addresses,
    find,
    frame_at,
    key_bound,
    lower_bound,
    only_leaf,
)
from wasidb_guest.pages.frame import Frame

NO_ADDRESS = search.NO_ADDRESS
FORMS_KEPT = 256
ROWS_MAX = ROWS_AT_ONCE = 64
"""So many rows hold on to their pages together, be these in the cache or not."""


@lru_cache(FORMS_KEPT)
def record_rows(definition: TableDefinition, positions: tuple[int, ...]) -> RecordRows:
    """What writes the columns at `positions`, in this order, of a table's records."""
    numbers: list[int] = []
    for column in definition.columns[: max(positions) + 1]:
        numbers += (column.type.tag, column.type.width, column.nullable)
    return RecordRows(memoryview(array("i", numbers)), memoryview(array("i", positions)))


class RowText:
    """Writes rows of one table, of each the columns at `positions`, between `head` and `tail`.

    `absent` stands for a row that there is not, and `count` is how many there were of the last
    text. `pages` is a PageSource. All raise Corrupted for what is no record, BadCell for stored
    text that is not UTF-8.
    """

    def __init__(
        self,
        definition: TableDefinition,
        positions: tuple[int, ...],
        *,
        head: bytes = b"[",
        tail: bytes = b"]",
        absent: bytes = b"null",
    ) -> None:
        self.head, self.tail, self.absent = head, tail, absent
        self.text = JsonText()
        self.count = 0
        self.table = definition.name
        self.rows: RecordRows = record_rows(definition, positions)
        self.places = memoryview(bytearray(8 * ROWS_AT_ONCE)).cast("Q")

    def of_key(self, pages: Any, root: int, key: bytes) -> str:
        """The row that a unique index, the tree at `root`, has under a key."""
        self.begin()
        place = find(pages, root, key)
        if place == NO_ADDRESS:
            self.text.put(self.absent)
            return self.finished(0)
        number = place >> 16
        damage = self.rows.put(self.text, StoredBytes(frame_at(pages, number)), place & 0xFFFF)
        if damage:
            raise self.no_record(number, -1 - damage)
        return self.finished(1)

    def of_keys(self, pages: Any, root: int, low: bytes, high: bytes) -> str | None:
        """The rows that an index, the tree at `root`, has under the keys from `low` to `high`,
        excluded, by ascending address.

        None if they are more than ROWS_AT_ONCE, or their entries on several leaves.
        """
        low_key = KeyBytes(low)
        high_key = KeyBytes(high)
        leaf = only_leaf(pages, root, low_key, high_key)
        if leaf is None:
            return None
        first = lower_bound(leaf, low_key, 0)
        count = key_bound(leaf, first, high_key, 0, 1) - first
        if count > ROWS_MAX:
            return None
        collect_addresses(leaf, first, first + count, self.places)
        self.sort(count)
        self.begin()
        self.put_places(pages, count)
        return self.finished(count)

    def at(self, pages: Any, addresses: memoryview) -> str:
        """The rows at `addresses`, among which NO_ADDRESS is a row that there is not."""
        self.begin()
        count = 0
        for i in range(len(addresses)):
            self.places[count] = addresses[i]
            count += 1
            if count == ROWS_MAX:
                self.put_places(pages, count)
                count = 0
        self.put_places(pages, count)
        return self.finished(len(addresses))

    def begin(self) -> None:
        """Begin a text."""
        self.text.clear()
        self.text.put(self.head)

    def finished(self, count: int) -> str:
        """End it, with so many rows in it."""
        self.text.put(self.tail)
        self.count = count
        try:
            written = self.text.decode()
        except UnicodeDecodeError:
            raise BadCell("UTF-8 text") from None
        self.text.clear()
        return written

    def sort(self, count: int) -> None:
        """Sort the first places. Those under one key are in order, unless the index has columns
        more.
        """
        for i in range(1, count):
            place = self.places[i]
            at = i
            while at and self.places[at - 1] > place:
                self.places[at] = self.places[at - 1]
                at -= 1
            self.places[at] = place

    def put_places(self, pages: Any, count: int) -> None:
        """Append the rows at the first places."""
        frames = self.frames_of(pages, count)
        records = self.gathered(frames, count)
        at = 0
        for i in range(count):
            place = self.places[i]
            if place == NO_ADDRESS:
                self.text.separate()
                self.text.put(self.absent)
                continue
            damage = self.rows.put(self.text, records, at)
            if damage:
                raise self.no_record(place >> 16, (place & 0xFFFF) - 1 - damage - at)
            at += 2 + (records.bytes[at] | records.bytes[at + 1] << 8)

    def frames_of(self, pages: Any, count: int) -> list[Frame]:
        """The page of each of the first places that is an address."""
        frames: list[Frame] = []
        for i in range(count):
            if self.places[i] != NO_ADDRESS:
                frames.append(frame_at(pages, self.places[i] >> 16))
        return frames

    def gathered(self, frames: list[Frame], count: int) -> StoredBytes:
        """The records at the first places, side by side."""
        room = bytearray(self.measure(frames, count))
        target = room
        end = 0
        row = 0
        for i in range(count):
            if self.places[i] != NO_ADDRESS:
                frame = frames[row]
                source = frame
                at = self.places[i] & 0xFFFF
                size = 2 + (source[at] | source[at + 1] << 8)
                copy_bytes(source, at, size, target, end)
                end += size
                row += 1
        return StoredBytes(room)

    def measure(self, frames: list[Frame], count: int) -> int:
        """How many bytes the records at the first places are, all of which lie on their pages."""
        total = 0
        row = 0
        for i in range(count):
            if self.places[i] != NO_ADDRESS:
                frame = frames[row]
                source = frame
                limit = len(frame)
                at = self.places[i] & 0xFFFF
                size = 2
                if at + 2 <= limit:
                    size += source[at] | source[at + 1] << 8
                if size == 2 or at + size > limit:
                    raise self.no_record(self.places[i] >> 16, at)
                total += size
                row += 1
        return total

    def no_record(self, page: int, offset: int) -> Corrupted:
        """The error of what stands where a record should be."""
        return Corrupted(page, offset, f"no whole record of table {self.table!r} here")
