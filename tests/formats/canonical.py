"""Files without what is left to chance: the Rust engine keeps some lists in hash maps.

The entries of page 0 and of every index ledger may stand in any order. In the canonical form of a
file these pages are replaced by what they say; two files are the same if their forms are equal.
"""

from collections.abc import Sequence

from tests.support.engine_under_test import PAGE_SIZE
from wasidb_guest.indexes.ledger import read_index_ledger
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import SCHEMA_REGISTRY_PAGE
from wasidb_guest.tables.registry import read_registry


class Frames:
    """A file's pages in memory; a PageSource."""

    base = None

    def __init__(self, content: bytes) -> None:
        starts = range(0, len(content), PAGE_SIZE)
        self.frames = [Frame(content[start : start + PAGE_SIZE]) for start in starts]
        self.page_count = self.scan_pages = len(self.frames)
        self.kept: dict[int, Frame] = {}

    def read(self, number: int) -> Frame:
        return self.frames[number]

    def columns_of(self, numbers: Sequence[int]) -> None:
        return None


def canonical(content: bytes) -> Sequence[object]:
    """The pages of a file, those with unordered lists replaced."""
    pages = Frames(content)
    schema_hash, entries = read_registry(pages)
    registry = schema_hash, {entry.fingerprint: entry for entry in entries}
    ledgers = {each.index_ledger: read_index_ledger(pages, each.index_ledger) for each in entries}
    replaced: dict[int, object] = {SCHEMA_REGISTRY_PAGE: registry, **ledgers}
    return [replaced.get(number, frame) for number, frame in enumerate(pages.frames)]
