"""Which bytes a writer may have changed, and that a commit holds it to that."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.declared_changes import lines_in, lines_with
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.dirty_lines import add_lines, add_spans, count_lines
from wasidb_guest.pages.layout import LINE_COUNT, LINE_SIZE, PAGE_SIZE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_memory import HeapLog, HeapMemory

OFFSET = st.integers(0, PAGE_SIZE)


def test_ranges_are_whole_lines() -> None:
    lines = lines_with((10, 65), (70, 128), (300, 301))
    assert lines_in(lines) == [0, 1, 4]
    assert count_lines(lines) == 3


def test_a_range_ends_with_its_page() -> None:
    assert lines_in(lines_with((PAGE_SIZE - 1, PAGE_SIZE + 500))) == [0, LINE_COUNT - 1]
    assert lines_in(lines_with((0, PAGE_SIZE))) == list(range(LINE_COUNT))
    assert count_lines(lines_with((0, PAGE_SIZE))) == LINE_COUNT


def test_who_changes_a_page_changes_its_header() -> None:
    assert lines_in(lines_with((640, 700))) == [0, 10]


@given(st.sets(st.integers(0, LINE_COUNT - 1)), st.sets(st.integers(0, LINE_COUNT - 1)))
def test_sets_are_joined(some: set[int], others: set[int]) -> None:
    lines, added = (
        lines_with(*[(line * LINE_SIZE, line * LINE_SIZE + 1) for line in each])
        for each in (some | {0}, others)
    )
    add_lines(lines, added)
    assert set(lines_in(lines)) == some | others | {0}
    assert count_lines(lines) == len(some | others | {0})


def test_changes_beyond_their_page_are_refused() -> None:
    with pytest.raises(IndexError, match="a change begins before its page"):
        lines_with((-1, 5))
    starts, ends = (memoryview(array("i", [at])) for at in (5, PAGE_SIZE + 1))
    with pytest.raises(IndexError, match="a span runs past the end of its page"):
        add_spans(lines_with(), starts, ends)


@given(st.lists(st.tuples(OFFSET, OFFSET).map(sorted), max_size=20))
def test_every_byte_of_every_range_is_in_a_line(ranges: list[list[int]]) -> None:
    expected: set[int] = set()
    for start, end in ranges:
        if start < end:
            expected.update(range(start // LINE_SIZE, (end - 1) // LINE_SIZE + 1))
    found = set(lines_in(lines_with(*ranges)))
    assert expected <= found
    assert len(found - expected - {0}) <= sum(start == end for start, end in ranges)


@given(st.lists(st.tuples(OFFSET, OFFSET).map(sorted), max_size=20))
def test_spans_are_lines_as_soon_as_something_else_changes(spans: list[list[int]]) -> None:
    memory = HeapMemory(bytes(4 * PAGE_SIZE))
    writes = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
    starts, ends = (memoryview(array("i", [span[side] for span in spans])) for side in (0, 1))
    (frame,) = writes.open_many([3])
    for start, end in spans:
        frame[start:end] = b"x" * (end - start)
    writes.touch([3], memoryview(array("i", [len(spans)])), starts, ends)
    writes.writable(3, 7, 8)[7] = 1
    assert writes._dirty == {3: lines_with((7, 8), *[span for span in spans if span[0] < span[1]])}
    writes.commit(flush=True)


def test_spans_of_a_layer_join_those_below_it() -> None:
    memory = HeapMemory(bytes(4 * PAGE_SIZE))
    cache = PageCache(memory, RedoLog(HeapLog(), ""))
    writes = WriteSet(cache)
    for at in (10, 5_000):
        layer = writes.layer()
        (frame,) = layer.open_many([3], frozenset({at}))
        frame[at] = 1
        starts, ends = memoryview(array("i", [at])), memoryview(array("i", [at + 1]))
        layer.touch([3], memoryview(array("i", [1])), starts, ends)
        writes.absorb(layer)
    assert writes._overwritten == {3: {10, 5_000}}
    writes.commit(flush=True)
    assert (cache.read(3)[10], cache.read(3)[5_000]) == (1, 1)


def test_zeros_that_are_written_to_again_are_logged_as_they_are() -> None:
    memory = HeapMemory(b"y" * 4 * PAGE_SIZE)
    log = HeapLog()
    cache = PageCache(memory, RedoLog(log, ""))
    writes = WriteSet(cache)
    starts, ends = memoryview(array("i", [64])), memoryview(array("i", [128]))
    for number in (2, 3):
        (frame,) = writes.open_many([number])
        frame[64:128] = bytes(64)
        writes.touch([number], memoryview(array("i", [1])), starts, ends, are_zeros=True)
    writes.writable(3, 100, 101)[100] = 5
    writes.commit(flush=True)
    found = PageCache(memory, RedoLog(log, ""))
    assert found.read(2)[60:130] == b"yyyy" + bytes(64) + b"yy"
    assert found.read(3)[60:130] == b"yyyy" + bytes(36) + b"\5" + bytes(27) + b"yy"


def test_the_suite_sees_a_change_that_was_not_declared() -> None:
    memory = HeapMemory(bytes(4 * PAGE_SIZE))
    writes = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
    writes.writable(3, 0, 10)[5000] = 1
    with pytest.raises(AssertionError, match="page 3 has changes that were not declared"):
        writes.commit(flush=True)
