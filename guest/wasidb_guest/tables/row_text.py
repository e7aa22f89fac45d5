"""Rows of a table as JSON text, straight from their records. A kernel.

    index leaf      7 | 8,64    7 | 3,0    7 | 8,96      the entries of key 7
    addresses       3,0   8,64   8,96                    sorted: rows come as they are stored
    pages           3     8                              as they are in the cache
    records         ......|.............|..........      copied side by side
    text            [1,"Ann"],[5,"Bob"],[6,"Cid"]

For rows that are wanted by address: nothing is collected in between, so one row costs little. Many
rows of a page come cheaper as vectors (`Table.scan`, `query.results`).

Records are copied because a buffer of every page would cost more, and because the memory that they
are scattered over is then waited for once and not row after row: their sizes are read one behind
the other, with nothing in between that needs one of them, so a processor fetches many at a time.
"""

from array import array
from functools import lru_cache
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.json_rows import JsonText, RecordRows, StoredBytes
from wasidb_guest.encoding.keys import probe_of
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes import search
from wasidb_guest.indexes.search import (
    after,
    collect_addresses,
    find,
    key_bound,
    lower_bound,
    only_leaf,
)
from wasidb_guest.pages.frame import Frame, frame_at
from wasidb_guest.vectors import Bytes

NO_ADDRESS = search.NO_ADDRESS
FORMS_KEPT = 256
ROWS_MAX = ROWS_AT_ONCE = 64
"""So many rows hold on to their pages together, be these in the cache or not."""
FIRST_ROOM, ROOM_KEPT_MAX = 512, 1 << 16
NO_FRAME = Frame()


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
        self.limits = memoryview(bytearray(4 * ROWS_AT_ONCE)).cast("i")
        self.sizes = memoryview(bytearray(4 * ROWS_AT_ONCE)).cast("i")
        self.take_room(bytearray(FIRST_ROOM))

    def of_key(self, pages: Any, root: int, key: bytes) -> str:
        """The row that a unique index, the tree at `root`, has under a key."""
        self.begin()
        self.places[0] = find(pages, root, key)
        self.put_places(pages, 1)
        return self.finished(self.places[0] != NO_ADDRESS)

    def of_keys(self, pages: Any, root: int, key: bytes, is_whole: bool) -> str | None:
        """The rows that an index, the tree at `root`, has under a key that `is_whole`, or under
        those that begin with it, by ascending address.

        None if they are more than ROWS_AT_ONCE, or their entries on several leaves.
        """
        low_key = probe_of(key)
        high_key = low_key if is_whole else probe_of(after(key))
        order = 1 if is_whole else 0
        leaf = only_leaf(pages, root, low_key, high_key, order)
        if leaf is None:
            return None
        first = lower_bound(leaf, low_key, 0)
        count = key_bound(leaf, first, high_key, 0, 1, order) - first
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
        if len(self.room) > ROOM_KEPT_MAX:
            self.take_room(bytearray(FIRST_ROOM))
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
        self.gather(self.frames_of(pages, count), count)
        at = 0
        for i in range(count):
            place = self.places[i]
            if place == NO_ADDRESS:
                self.text.separate()
                self.text.put(self.absent)
                continue
            damage = self.rows.put(self.text, self.records, at)
            if damage:
                raise self.no_record(place >> 16, (place & 0xFFFF) - 1 - damage - at)
            at += self.sizes[i]

    def frames_of(self, pages: Any, count: int) -> list[Frame]:
        """The page of each of the first places, NO_FRAME for one that is no address."""
        kept: dict[int, Frame] = pages.kept
        frames: list[Frame] = []
        for i in range(count):
            if self.places[i] == NO_ADDRESS:
                frames.append(NO_FRAME)
                continue
            number = self.places[i] >> 16
            frame = kept.get(number)
            if frame is None:
                frame = frame_at(pages, number)
            frames.append(frame)
        return frames

    def gather(self, frames: list[Frame], count: int) -> None:
        """Copy the records at the first places side by side, and set their `sizes`."""
        sources: list[Bytes] = [b""] * 64  # ROWS_AT_ONCE; an array has a literal length
        for i in range(count):
            frame = frames[i]
            sources[i] = frame
            self.limits[i] = len(frame)
        size = self.measure(sources, count)
        if size > len(self.room):
            self.take_room(bytearray(2 * size))
        self.records.size = size
        target = self.room
        end = 0
        for i in range(count):
            copy_bytes(sources[i], self.places[i] & 0xFFFF, self.sizes[i], target, end)
            end += self.sizes[i]

    def measure(self, sources: list[Bytes], count: int) -> int:
        """Set the `sizes` of the records at the first places, 0 for one that is no address; how
        many bytes they are together. All lie on their pages.

        Checking a size as soon as it has been read would wait for it before the next is asked for.
        """
        for i in range(count):
            at = self.places[i] & 0xFFFF
            self.sizes[i] = 0
            if at + 2 <= self.limits[i]:
                source = sources[i]
                self.sizes[i] = 2 + (source[at] | source[at + 1] << 8)
        total = 0
        for i in range(count):
            at = self.places[i] & 0xFFFF
            size = self.sizes[i]
            if self.places[i] != NO_ADDRESS and (size <= 2 or at + size > self.limits[i]):
                raise self.no_record(self.places[i] >> 16, at)
            total += size
        return total

    def take_room(self, room: bytearray) -> None:
        """Gather records here from now on."""
        self.room = room
        self.records = StoredBytes(room)

    def no_record(self, page: int, offset: int) -> Corrupted:
        """The error of what stands where a record should be."""
        return Corrupted(page, offset, f"no whole record of table {self.table!r} here")
