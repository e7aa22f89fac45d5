"""What a page is, going by its form alone.

    snapshot        decodes, and encodes to the same bytes
    index node      all its keys are keys, its links are pages, the rest is zero
    index ledger    names and roots that are pages, at least one
    page ledger     pages that exist, each once, none freer than a page
    bookkeeping     free segments, their tables, counters: nothing is to be had from them
    unknown         everything else that is not zero: records, or garbage

These structures have neither marks nor checksums, yet so much of them must agree that a record page
hardly passes for one: its first record would have to be made for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.snapshot import decode_snapshot, encode_snapshot
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.indexes.ledger import Roots, read_index_ledger
from wasidb_guest.indexes.node import Node
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import (
    NO_PAGE,
    PAGE_SIZE,
    RESERVED_PAGES,
    SEGMENT,
    SEGMENT_TABLES_MAX,
    SEGMENTS_PER_TABLE,
    U16,
    U32,
)
from wasidb_guest.tables.autoincrement import AutoincrementLedger
from wasidb_guest.tables.page_ledger import PageLedger


@dataclass(slots=True)
class Recognised:
    """Pages by what they are; those without use for anybody are left out."""

    snapshots: dict[int, TableDefinition] = field(default_factory=dict)
    page_ledgers: dict[int, list[int]] = field(default_factory=dict)
    index_ledgers: dict[int, Roots] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    def forget_counters(self, pages: PageSource, definitions: Iterable[TableDefinition]) -> None:
        """Take the autoincrement ledgers of these tables out of what is unknown."""
        numbering = [each for each in definitions if each.autoincrement_columns]
        self.unknown = [
            number
            for number in self.unknown
            if not any(_has_counters(pages, number, definition) for definition in numbering)
        ]


Attempt = Callable[[Callable[[int], Frame], int], Frame | None]
"""Reads a page; gives None, and notes why, if that cannot be done."""


def recognise(pages: PageSource, candidates: Iterable[int], attempt: Attempt) -> Recognised:
    """Look at the candidates one by one."""
    found = Recognised()
    for number in candidates:
        frame = attempt(pages.read, number)
        if frame is not None and any(frame):
            _recognise_page(pages, number, frame, found)
    return found


def _recognise_page(pages: PageSource, number: int, frame: Frame, found: Recognised) -> None:
    definition = _snapshot_in(frame, number)
    if definition is not None:
        found.snapshots[number] = definition
    elif _is_node(pages, number, frame) or _is_segments(pages, frame):
        pass
    elif roots := _roots_in(pages, number):
        found.index_ledgers[number] = roots
    elif record_pages := _record_pages_in(pages, number):
        found.page_ledgers[number] = record_pages
    else:
        found.unknown.append(number)


def _has_counters(pages: PageSource, number: int, definition: TableDefinition) -> bool:
    try:
        AutoincrementLedger(pages, number, definition)
    except Corrupted:
        return False
    return pages.read(number)[0] == len(definition.autoincrement_columns)


def _are_pages(pages: PageSource, numbers: Iterable[int]) -> bool:
    return all(RESERVED_PAGES <= number < pages.page_count for number in numbers)


def _snapshot_in(frame: Frame, number: int) -> TableDefinition | None:
    try:
        definition = decode_snapshot(frame, number)
        written = encode_snapshot(definition)
    except (Corrupted, LimitExceeded):
        return None
    return definition if frame.startswith(written) else None


def _is_node(pages: PageSource, number: int, frame: Frame) -> bool:
    try:
        node = Node(number, frame)
    except Corrupted:
        return False
    if node.is_leaf:
        links = [page for page in node.links() if page != NO_PAGE]
    else:
        links = [node.child(slot) for slot in range(node.count + 1)]
    return _are_pages(pages, links) and not any(frame[node.end() :])


def _is_segments(pages: PageSource, frame: Frame) -> bool:
    """Whether this is a table of free segments, or the list of these tables."""
    (count,) = U16.unpack_from(frame)
    if not 0 < count <= SEGMENT_TABLES_MAX:
        return False
    end = 2 + count * U32.size
    if _are_pages(pages, memoryview(frame)[2:end].cast("I")) and not any(frame[end:]):
        return True
    return count <= SEGMENTS_PER_TABLE and all(
        _are_pages(pages, [page]) and 0 < size <= PAGE_SIZE - offset
        for page, offset, size in SEGMENT.iter_unpack(frame[2 : 2 + count * SEGMENT.size])
    )


def _roots_in(pages: PageSource, number: int) -> Roots | None:
    try:
        roots = read_index_ledger(pages, number)
    except Corrupted:
        return None
    return roots if _are_pages(pages, roots.values()) else None


def _record_pages_in(pages: PageSource, number: int) -> list[int] | None:
    try:
        listed = PageLedger(pages, number, "").record_pages
    except Corrupted:
        return None
    return listed if _are_pages(pages, listed) and len(set(listed)) == len(listed) else None
