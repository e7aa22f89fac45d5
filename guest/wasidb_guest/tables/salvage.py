"""Reading what can be read from a file that no longer opens.

    registry ──> snapshot             the definition; without it nothing can be told of a table
             ──> page ledger ──┐
             ──> index leaves ─┴──> record pages ──> records, one by one where need be

Nothing is given up because something else is wrong: a schema hash that does not match is noted, and
a table's record pages are those that its ledger lists and those that its indexes point into, so
either may be lost. A page that is somebody's structure is nobody's record page. Whatever cannot be
read is noted with its place and passed over; a record that is not exactly its columns is such a
thing.

Tables are found through the registry alone: what it does not list any more is not searched for.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_to_json
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.encoding.reader import Reader
from wasidb_guest.encoding.records import find_records
from wasidb_guest.encoding.snapshot import decode_snapshot, fingerprint, schema_hash
from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.indexes.btree import Node
from wasidb_guest.indexes.ledger import read_index_ledger
from wasidb_guest.indexes.node import collect_addresses
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    RECORD_HEADER_SIZE,
    RESERVED_PAGES,
    SCHEMA_REGISTRY_PAGE,
    U16,
    U64,
    aligned,
    page_of,
)
from wasidb_guest.tables.inventory import Problem
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.tables.registry import RegistryEntry, read_entry
from wasidb_guest.tables.table import uint64s

Found = TypeVar("Found")
Row = tuple[Any, ...]


class Salvage:
    """The tables that can be found in `pages`, their rows, and the problems met on the way."""

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        self.problems: list[Problem] = []
        self.definitions: dict[str, TableDefinition] = {}
        self._record_pages: dict[str, list[int]] = {}
        entries = self._find_tables()
        taken = set(range(RESERVED_PAGES))
        for entry in entries.values():
            taken.update(entry.structure_pages())
        for name, entry in entries.items():
            self._record_pages[name] = self._own(self._listed_pages(name, entry), taken)
        for name, entry in entries.items():
            self._record_pages[name] += self._own(self._indexed_pages(entry, taken), taken)

    def rows(self, name: str) -> Iterator[list[Row]]:
        """The rows of a table as rows-JSON cells in declaration order, a list for each page."""
        definition = self.definitions[name]
        for number in self._record_pages[name]:
            page = self._attempt(self._pages.read, number)
            if page is not None:
                yield self._rows_of_page(definition, number, bytearray(page))

    def note(self, page: int, offset: int, what: str) -> None:
        """Remember something that could not be read."""
        self.problems.append(Problem(page, offset, what))

    def _attempt(self, read: Callable[[int], Found], page: int) -> Found | None:
        """What can be read from a page, or None."""
        try:
            return read(page)
        except Corrupted as damage:
            self.note(*_place(damage), str(damage.details["what"]))
        except MemoryFailed as failure:
            self.note(page, 0, failure.message)
        return None

    # Finding tables and their pages

    def _find_tables(self) -> dict[str, RegistryEntry]:
        entries: dict[str, RegistryEntry] = {}
        frame = self._attempt(self._pages.read, SCHEMA_REGISTRY_PAGE) or bytearray(PAGE_SIZE)
        for entry in self._entries(frame):
            definition = self._attempt(self._read_definition, entry.snapshot)
            if definition is None:
                continue
            name = definition.name
            if name in entries:
                self.note(entry.snapshot, 0, f"second table of the name {name!r}")
                continue
            if fingerprint(name) != entry.fingerprint:
                self.note(entry.snapshot, 0, f"table {name!r} is registered under another name")
            entries[name] = entry
            self.definitions[name] = definition
        self._check_hash(frame)
        return entries

    def _check_hash(self, frame: bytearray) -> None:
        """Note a hash that does not match, unless it is known already what is amiss."""
        (stored,) = U64.unpack_from(frame)
        matches = stored == schema_hash(self.definitions.values())
        if not self.problems and not matches and (self.definitions or stored):
            what = "schema hash does not match the stored definitions, one may be damaged"
            self.note(SCHEMA_REGISTRY_PAGE, 0, what)

    def _entries(self, frame: bytearray) -> Iterator[RegistryEntry]:
        """The registry entries up to the first that is none."""
        reader = Reader(frame, SCHEMA_REGISTRY_PAGE)
        try:
            reader.u64("schema hash")
            for _ in range(reader.u64("table count")):
                entry = read_entry(reader)
                if entry.snapshot < RESERVED_PAGES:
                    raise reader.corrupted("registry entry of no table")
                yield entry
        except Corrupted as damage:
            self.note(*_place(damage), str(damage.details["what"]))

    def _read_definition(self, page: int) -> TableDefinition:
        return decode_snapshot(self._pages.read(page), page)

    def _own(self, candidates: Sequence[int], taken: set[int]) -> list[int]:
        """Those that exist and that nobody has, who has them now."""
        own = [page for page in candidates if page < self._pages.page_count and page not in taken]
        taken.update(own)
        return list(dict.fromkeys(own))

    def _listed_pages(self, name: str, entry: RegistryEntry) -> list[int]:
        """The record pages in the page ledger."""
        ledger = self._attempt(lambda page: PageLedger(self._pages, page, name), entry.page_ledger)
        for page in ledger.record_pages if ledger else ():
            if page >= self._pages.page_count:
                self.note(entry.page_ledger, 0, f"record page {page} lies outside the file")
        return ledger.record_pages if ledger else []

    def _indexed_pages(self, entry: RegistryEntry, taken: set[int]) -> list[int]:
        """The record pages that index leaves point into."""
        roots = self._attempt(lambda page: read_index_ledger(self._pages, page), entry.index_ledger)
        found: set[int] = set()
        stack = list((roots or {}).values())
        while stack:
            number = stack.pop()
            if number in taken:
                continue
            node = self._attempt(lambda page: Node(page, self._pages.read(page)), number)
            if node is None:
                continue
            taken.add(number)
            if node.is_leaf:
                found.update(_pages_in_leaf(node))
            else:
                stack += [node.child(slot) for slot in range(node.count + 1)]
        return sorted(found)

    # Reading records

    def _rows_of_page(self, definition: TableDefinition, number: int, page: bytearray) -> list[Row]:
        """All at once, and one by one if that fails."""
        most = PAGE_SIZE // min(definition.stride, PAGE_SIZE) + 1
        starts, ends = int32s(most), int32s(most)
        count = find_records(page, definition.stride, starts, ends)
        try:
            if count >= 0:
                return _decode(definition, number, page, starts[:count], ends[:count])
        except (Corrupted, BadCell):
            pass
        return list(self._rows_one_by_one(definition, number, page))

    def _rows_one_by_one(
        self, definition: TableDefinition, number: int, page: bytearray
    ) -> Iterator[Row]:
        """Wherever a record can start, the one that is there.

        What looks like another record within a damaged one, as far as its own length can be
        believed, is not worth a note.
        """
        offset = silent_until = 0
        while offset + RECORD_HEADER_SIZE <= PAGE_SIZE:
            (length,) = U16.unpack_from(page, offset)
            end = offset + RECORD_HEADER_SIZE + length
            problem = None
            if length:
                try:
                    yield _decode_one(definition, number, page, offset, end)
                    offset, silent_until = aligned(end, definition.stride), 0
                    continue
                except Corrupted as damage:
                    problem = str(damage.details["what"])
                except BadCell as damage:
                    problem = f"record of table {definition.name!r} has a cell that is not "
                    problem += damage.expected
            if problem is not None and offset >= silent_until:
                self.note(number, offset, problem)
                silent_until = end
            offset += definition.stride


def _place(damage: Corrupted) -> tuple[int, int]:
    page, offset = damage.details["page"], damage.details["offset"]
    assert isinstance(page, int)
    assert isinstance(offset, int)
    return page, offset


def _pages_in_leaf(node: Node) -> set[int]:
    addresses = uint64s(node.count)
    collect_addresses(node.keys, node.offsets, 0, node.count, addresses)
    return set(map(page_of, addresses))


def _decode(
    definition: TableDefinition, number: int, page: bytearray, starts: Any, ends: Any
) -> list[Row]:
    """The rows of the records whose bodies span `starts` to `ends`. Raises Corrupted, BadCell."""
    count = len(starts)
    cursors = int32s(count)
    cursors[:] = starts
    reader = ColumnReader(definition, range(len(definition.columns)))
    reader.read(page, cursors, ends, count, lambda at: (number, at))
    if cursors.tobytes() != ends.tobytes():
        what = f"record of table {definition.name!r} is longer than its columns"
        raise Corrupted(number, 0, what)
    return list(zip(*map(vector_to_json, reader.batch().vectors), strict=True))


def _decode_one(
    definition: TableDefinition, number: int, page: bytearray, offset: int, end: int
) -> Row:
    """The row of the record from `offset` to `end`. Raises Corrupted, BadCell."""
    if end > PAGE_SIZE:
        raise Corrupted(number, offset, "record runs past the end of its page")
    starts, ends = int32s(1), int32s(1)
    starts[0], ends[0] = offset + RECORD_HEADER_SIZE, end
    return _decode(definition, number, page, starts, ends)[0]
