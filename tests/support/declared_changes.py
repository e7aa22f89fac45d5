"""No writer changes a byte of a page that it has not declared: watched at every commit of a test.

A commit logs only what was declared (see `pages.dirty_lines`), so a change outside would be seen by
everyone until the page leaves the cache, and then be gone.
"""

from collections.abc import Sequence

from wasidb_guest.pages.commit_point import ZERO_PAGE, WriteSet
from wasidb_guest.pages.dirty_lines import Change, Lines, add_range, lines_of
from wasidb_guest.pages.layout import LINE_SIZE


def watch() -> None:
    """Make every commit from now on raise AssertionError for a change that was not declared."""
    changed = WriteSet._changed

    def watched(writes: WriteSet, saved: Sequence[int]) -> dict[int, Change]:
        for number in writes.kept.keys() - set(saved):
            check_page(writes, number)
        return changed(writes, saved)

    WriteSet._changed = watched  # type: ignore[method-assign]


def check_page(writes: WriteSet, number: int) -> None:
    """Raise AssertionError if a page differs from the committed one beyond what was declared."""
    is_fresh = number >= writes._cache.page_count
    declared = bytearray(ZERO_PAGE if is_fresh else writes._cache.read(number))
    after = writes.kept[number]
    for line in lines_in(lines_of(dict(writes._dirty), number)):
        start, end = line * LINE_SIZE, (line + 1) * LINE_SIZE
        declared[start:end] = after[start:end]
    starts, ends, are_zeros = writes._spans.get(number, ((), (), False))
    for start, end in zip(starts, ends, strict=True):
        declared[start:end] = bytes(end - start) if are_zeros else after[start:end]
    assert declared == after, f"page {number} has changes that were not declared"


def lines_with(*ranges: Sequence[int]) -> Lines:
    """The set of lines that hold some ranges of bytes of a page, and its header."""
    dirty: dict[int, Lines] = {}
    for start, end in ranges:
        add_range(dirty, 0, start, end)
    return lines_of(dirty, 0)


def lines_in(lines: Lines) -> list[int]:
    """The numbers of the lines in a set."""
    bits = int.from_bytes(lines, "little")
    return [line for line in range(bits.bit_length()) if bits >> line & 1]
