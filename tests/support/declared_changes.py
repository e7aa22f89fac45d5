"""No writer changes a byte of a page that it has not declared: watched at every commit of a test.

A commit logs only what was declared (see `pages.dirty_lines`), so a change outside would be seen by
everyone until the page leaves the cache, and then be gone.
"""

from collections.abc import Iterator, Sequence

from wasidb_guest.pages.commit_point import ZERO_PAGE, WriteSet
from wasidb_guest.pages.dirty_lines import ranges_of
from wasidb_guest.pages.redo_log import Patch


def watch() -> None:
    """Make every commit from now on raise AssertionError for a change that was not declared."""
    patches = WriteSet._patches

    def watched(writes: WriteSet, saved: Sequence[int]) -> Iterator[Patch]:
        for number in writes._frames.keys() - set(saved):
            check_page(writes, number)
        return patches(writes, saved)

    WriteSet._patches = watched  # type: ignore[method-assign]


def check_page(writes: WriteSet, number: int) -> None:
    """Raise AssertionError if a page differs from the committed one beyond what was declared."""
    is_fresh = number >= writes._cache.page_count
    declared = bytearray(ZERO_PAGE if is_fresh else writes._cache.read(number))
    after = writes._frames[number]
    for start, end in ranges_of(writes._dirty.get(number, 0)):
        declared[start:end] = after[start:end]
    assert declared == after, f"page {number} has changes that were not declared"
