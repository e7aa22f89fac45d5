"""Reading what can be read from a file that no longer opens.

    registry ──> snapshot             the definition; without it nothing can be told of a table
             ──> page ledger ──┐
             ──> index leaves ─┴──> record pages ──> records, one by one where need be

Nothing is given up because something else is wrong: a schema hash that does not match is noted, and
a table's record pages are those that its ledger lists and those that its indexes point into, so
either may be lost. A page that is somebody's structure is nobody's record page. Whatever cannot be
read is noted with its place and passed over.

Once something is amiss, the pages that nothing leads to are searched: see `recognition` for how
they are told apart, `attribution` for how records find their table. What is found so is noted too,
as it is likely and not certain. Not to be had are

  * the rows of a table whose definition is lost: what their bytes mean is nowhere else
  * rows of a table without page ledger and indexes, on a page with a damaged record, or on one
    that fits another such table just as well
  * counters and the access-control list; they are not looked for

Rows pass through memory a page at a time; what is kept are page numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_to_json
from wasidb_guest.encoding.reader import Reader
from wasidb_guest.encoding.snapshot import decode_snapshot, fingerprint, schema_hash
from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.indexes.ledger import Roots, read_index_ledger
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.search import collect_addresses
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import PAGE_SIZE, RESERVED_PAGES, SCHEMA_REGISTRY_PAGE, U64, page_of
from wasidb_guest.tables.attribution import Attribution, Group
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.inventory import Problem
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.page_records import read_records
from wasidb_guest.tables.recognition import Recognised, recognise
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.tables.registry import RegistryEntry, read_entry

Found = TypeVar("Found")
Row = tuple[Any, ...]

# How far behind its table's definition a structure is claimed.
PAGE_LEDGER_DISTANCE, INDEX_LEDGER_DISTANCE = 1, 3


class Salvage:
    """The tables that can be found in `pages`, their rows, and the problems met on the way."""

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        self.problems: list[Problem] = []
        self.definitions: dict[str, TableDefinition] = {}
        self._snapshots: dict[str, int] = {}
        self._record_pages: dict[str, list[int]] = {}
        # Tables of which nothing says that all their record pages are known.
        self._open_tables: set[str] = set()
        self._taken = set(range(RESERVED_PAGES))
        # Entries, by fingerprint, whose definition cannot be read.
        self._nameless: dict[int, RegistryEntry] = {}
        entries = self._find_tables()
        self._find_record_pages(entries)
        if self.problems or not entries:
            self._search()

    def rows(self, name: str) -> Iterator[list[Row]]:
        """The rows of a table as rows-JSON cells in declaration order, a list for each page."""
        definition = self.definitions[name]
        for number in self._record_pages[name]:
            page = self._attempt(self._pages.read, number)
            if page is None:
                continue
            read = read_records(definition, number, page, vector_to_json)
            for damage in read.damage:
                self._note_damage(damage)
            yield [row for each in read.found for row in zip(*each.cells, strict=True)]

    def note(self, page: int, offset: int, what: str) -> None:
        """Remember something that could not be read, or is not certain."""
        self.problems.append(Problem(page, offset, what))

    def _note_damage(self, damage: Corrupted) -> None:
        page, offset = damage.details["page"], damage.details["offset"]
        assert isinstance(page, int)
        assert isinstance(offset, int)
        self.note(page, offset, str(damage.details["what"]))

    def _attempt(self, read: Callable[[int], Found], page: int) -> Found | None:
        """What can be read from a page, or None."""
        try:
            return read(page)
        except Corrupted as damage:
            self._note_damage(damage)
        except MemoryFailed as failure:
            self.note(page, 0, failure.message)
        return None

    def _own(self, candidates: Iterable[int]) -> list[int]:
        """Those that exist and that nobody has, who has them now."""
        own = [p for p in candidates if p < self._pages.page_count and p not in self._taken]
        self._taken.update(own)
        return list(dict.fromkeys(own))

    # From the registry down

    def _find_tables(self) -> dict[str, RegistryEntry]:
        entries: dict[str, RegistryEntry] = {}
        frame = self._attempt(self._pages.read, SCHEMA_REGISTRY_PAGE) or bytearray(PAGE_SIZE)
        for entry in self._entries(frame):
            definition = self._attempt(self._read_definition, entry.snapshot)
            if definition is None:
                self._nameless[entry.fingerprint] = entry
                continue
            name = definition.name
            if not self._enter(definition, entry.snapshot):
                continue
            if fingerprint(name) != entry.fingerprint:
                self.note(entry.snapshot, 0, f"table {name!r} is registered under another name")
            entries[name] = entry
        self._check_hash(frame)
        return entries

    def _enter(self, definition: TableDefinition, snapshot: int) -> bool:
        """Know a table, unless there is one of its name."""
        name = definition.name
        if name in self.definitions:
            self.note(snapshot, 0, f"second table of the name {name!r}")
            return False
        self.definitions[name] = definition
        self._snapshots[name] = snapshot
        self._record_pages[name] = []
        self._open_tables.add(name)
        return True

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
            self._note_damage(damage)

    def _read_definition(self, page: int) -> TableDefinition:
        return decode_snapshot(self._pages.read(page), page)

    def _find_record_pages(self, entries: dict[str, RegistryEntry]) -> None:
        """First those in all ledgers, for what indexes say about a page is less certain, and what
        the registry says of structures that list no pages.
        """
        for entry in entries.values():
            self._taken.update((entry.snapshot, entry.page_ledger))
        for name, entry in entries.items():
            listed = self._listed_pages(name, entry)
            if listed is not None:
                self._record_pages[name] = self._own(listed)
                self._open_tables.discard(name)
        for name, entry in entries.items():
            _, _, *others = entry.structure_pages()
            for page, use in others:
                if page in self._taken:
                    what = f"{use} of table {name!r} at page {page}, which is something else"
                    self.note(SCHEMA_REGISTRY_PAGE, 0, what)
                self._taken.add(page)
            tables = self._attempt(self._segment_tables, entry.free_segments)
            self._own(tables or ())
        for name, entry in entries.items():
            roots = self._attempt(self._read_roots, entry.index_ledger)
            pointed = self._pages_under(roots or {})
            more = self._own(pointed)
            for page in sorted({*pointed} - {*more, *self._record_pages[name]}):
                what = f"page {page}, which indexes point into, is no record page of table {name!r}"
                self.note(entry.index_ledger, 0, what)
            if more and name not in self._open_tables:
                self.note(entry.page_ledger, 0, f"{len(more)} record pages are not listed")
                self._open_tables.add(name)
            self._record_pages[name] += more

    def _listed_pages(self, name: str, entry: RegistryEntry) -> list[int] | None:
        """The record pages in the page ledger."""
        ledger = self._attempt(lambda page: PageLedger(self._pages, page, name), entry.page_ledger)
        if ledger is None:
            return None
        for page in ledger.record_pages:
            if page >= self._pages.page_count:
                self.note(entry.page_ledger, 0, f"record page {page} lies outside the file")
            elif page in self._taken:
                self.note(entry.page_ledger, 0, f"record page {page} is something else too")
        return ledger.record_pages

    def _segment_tables(self, page: int) -> list[int]:
        return FreeSegments(self._pages, page).tables

    def _read_roots(self, page: int) -> Roots:
        return read_index_ledger(self._pages, page)

    def _pages_under(self, roots: Roots) -> list[int]:
        """The record pages that the leaves of these trees point into; their nodes are taken."""
        found: set[int] = set()
        stack = list(roots.values())
        while stack:
            number = stack.pop()
            if number in self._taken:
                continue
            node = self._attempt(lambda page: Node(page, self._pages.read(page)), number)
            if node is None:
                continue
            self._taken.add(number)
            if node.is_leaf:
                found.update(_pages_in_leaf(node))
            else:
                stack += [node.child(slot) for slot in range(node.count + 1)]
        return sorted(found)

    # Among the pages that nothing leads to

    def _search(self) -> None:
        found = recognise(self._pages, self._unclaimed(), self._attempt)
        self._adopt_tables(found)
        self._set_aside_nameless()
        ledgers = [
            Group(page, self._untaken(listed), PAGE_LEDGER_DISTANCE)
            for page, listed in found.page_ledgers.items()
        ]
        self._open_tables -= set(self._settle(ledgers, "page ledger"))
        indexes = [
            Group(page, self._untaken(self._pages_under(roots)), INDEX_LEDGER_DISTANCE, set(roots))
            for page, roots in found.index_ledgers.items()
        ]
        self._settle(indexes, "index ledger")
        self._claim_loose_pages(self._untaken(found.unknown))

    def _unclaimed(self) -> Iterator[int]:
        everything = range(RESERVED_PAGES, self._pages.page_count)
        return (number for number in everything if number not in self._taken)

    def _untaken(self, pages: Iterable[int]) -> list[int]:
        return [page for page in pages if page not in self._taken]

    def _adopt_tables(self, found: Recognised) -> None:
        """Know the tables whose definitions were found, with what the registry still says."""
        for snapshot, definition in found.snapshots.items():
            if not self._enter(definition, snapshot):
                continue
            what = f"table {definition.name!r} is not in the registry, its definition is here"
            self.note(snapshot, 0, what)
            entry = self._nameless.pop(fingerprint(definition.name), None)
            if entry is not None:
                self._find_record_pages({definition.name: entry})
        found.forget_counters(self._pages, self.definitions.values())

    def _set_aside_nameless(self) -> None:
        """The record pages of a table whose definition is lost are nobody else's."""
        for entry in self._nameless.values():
            self._taken.update(page for page, _ in entry.structure_pages())
            listed = self._own(self._listed_pages("", entry) or ())
            roots = self._attempt(self._read_roots, entry.index_ledger)
            listed += self._own(self._pages_under(roots or {}))
            if listed:
                what = f"{len(listed)} record pages are of a table whose definition is lost"
                self.note(entry.page_ledger, 0, what)

    def _settle(self, groups: Sequence[Group], structure: str) -> list[str]:
        """Give groups of pages to tables, and say so; the tables."""
        tables = []
        attribution = self._attribution()
        for group, names in attribution.settle([group for group in groups if group.pages]):
            if len(names) == 1:
                self._record_pages[names[0]] += self._own(group.pages)
                tables += names
                verdict = f"is taken for that of table {names[0]!r}, by the records on its pages"
            else:
                verdict = f"has {len(group.pages)} record pages, that fit {_either(names)}"
                self._own(group.pages)
            self.note(group.source, 0, f"{structure} {verdict}")
        return tables

    def _attribution(self) -> Attribution:
        return Attribution(self._pages, self.definitions, self._snapshots, self._open_tables)

    def _claim_loose_pages(self, pages: Sequence[int]) -> None:
        """Give single pages to tables that lack some."""
        attribution = self._attribution()
        for page in pages:
            names = attribution.fitting(Group(page, [page], 0))
            if len(names) == 1:
                self._record_pages[names[0]] += self._own([page])
                what = f"page is taken for a record page of table {names[0]!r}, by its records"
            else:
                what = f"page is of no known structure, as a record page it fits {_either(names)}"
            self.note(page, 0, what)


def _either(names: Sequence[str]) -> str:
    return "several tables: " + ", ".join(map(repr, names)) if names else "no table"


def _pages_in_leaf(node: Node) -> set[int]:
    addresses = uint64s(node.count)
    collect_addresses(node, 0, node.count, addresses)
    return set(map(page_of, addresses))
