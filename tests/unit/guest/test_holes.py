"""Free segments in memory against sets of free bytes."""

from array import array
from collections import defaultdict
from itertools import accumulate

import hypothesis.strategies as st
import pytest
from hypothesis import given
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.gaps import free_gaps
from wasidb_guest.pages.layout import SEGMENT, address, offset_of, page_of
from wasidb_guest.tables.holes import Holes
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.tables.segment_words import read_segments, take_front, word

PAGES = st.sampled_from([7, 8, 4_294_967_295])
BYTES = st.sets(st.integers(0, 40), max_size=30)


class AgainstSets(RuleBasedStateMachine):
    """The free bytes of each page, in a set too."""

    def __init__(self) -> None:
        super().__init__()
        self.holes = Holes({})
        self.truth: defaultdict[int, set[int]] = defaultdict(set)

    @rule(free=st.dictionaries(PAGES, BYTES))
    def free(self, free: dict[int, set[int]]) -> None:
        gaps = {
            page: [(start, start + size) for start, size in runs(each - self.truth[page])]
            for page, each in free.items()
        }
        free_gaps(self.holes, gaps)
        for page, each in free.items():
            self.truth[page] |= each

    @rule(page=PAGES, start=st.integers(0, 40), size=st.integers(1, 5))
    def free_alone(self, page: int, start: int, size: int) -> None:
        gap = range(start, start + size)
        if self.truth[page].isdisjoint(gap):
            self.holes.free_alone(address(page, start), gap.stop)
            self.truth[page].update(gap)

    @precondition(lambda self: any(self.truth.values()))
    @rule(data=st.data())
    def take_front(self, data: st.DataObject) -> None:
        found, largest = data.draw(st.sampled_from(list(self.holes)))
        size = data.draw(st.integers(1, largest))
        self.holes.take_front(found, size)
        start = offset_of(found)
        self.truth[page_of(found)].difference_update(range(start, start + size))

    @precondition(lambda self: any(self.truth.values()))
    @rule(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=9), is_one=st.booleans())
    def fill(self, sizes: list[int], is_one: bool) -> None:
        """Records without padding, into one segment or all of a page, as they fit."""
        largest = self.holes.largest()
        assert largest is not None
        page, only = page_of(largest[0]), offset_of(largest[0]) if is_one else None
        content = bytearray(64)
        starts, addresses = (
            memoryview(array("i", accumulate(sizes, initial=0))),
            uint64s(len(sizes)),
        )
        records = bytearray(b"r") * sum(sizes)
        row = self.holes.fill(page, only, content, 1, records, starts, 0, addresses)
        assert row or sizes[0] > largest[1]
        for start, size in zip(addresses[:row], sizes, strict=False):
            assert page_of(start) == page
            assert not is_one or start < largest[0] + largest[1]
            taken = range(offset_of(start), offset_of(start) + size)
            assert self.truth[page].issuperset(taken)
            self.truth[page].difference_update(taken)

    @invariant()
    def holds_what_the_sets_do(self) -> None:
        by_address = [
            (address(page, start), size)
            for page in sorted(self.truth)
            for start, size in runs(self.truth[page])
        ]
        assert list(self.holes) == by_address
        assert len(self.holes) == len(by_address)
        assert self.holes.total() == sum(size for _, size in by_address)
        by_size = sorted(by_address, key=lambda segment: segment[1])
        for wanted in (1, 2, 9, 10):
            fitting = (segment for segment in by_size if segment[1] >= wanted)
            assert self.holes.find(wanted) == next(fitting, None)
        largest = max((size for _, size in by_address), default=0)
        expected = next((segment for segment in by_address if segment[1] == largest), None)
        assert self.holes.largest() == expected


TestAgainstSets = AgainstSets.TestCase


def runs(free: set[int]) -> list[tuple[int, int]]:
    """The start and size of each run of bytes."""
    starts = [each for each in sorted(free) if each - 1 not in free]
    ends = [each + 1 for each in sorted(free) if each + 1 not in free]
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]


def table(*segments: tuple[int, int, int]) -> bytearray:
    """A segment table of (page, offset, size)."""
    content = b"".join(SEGMENT.pack(*segment) for segment in segments)
    return bytearray(len(segments).to_bytes(2, "little") + content)


@given(st.permutations([(7, 32, 64), (9, 0, 65_535), (7, 512, 9), (2**32 - 1, 65_535, 1)]))
def test_segments_of_a_table_are_known_by_page_and_offset(
    segments: list[tuple[int, int, int]],
) -> None:
    words: dict[int, array[int]] = {}
    assert read_segments(table(*segments), len(segments), 8_191, words) == 0
    holes = Holes(words)
    assert list(holes) == sorted((address(page, offset), size) for page, offset, size in segments)
    for slot, (page, offset, size) in enumerate(segments):
        assert word(offset, size, 8_191 + slot) in holes.words[page]


def test_segments_without_size_and_repeated_ones_are_left_out() -> None:
    words: dict[int, array[int]] = {}
    assert read_segments(table((7, 32, 64), (7, 96, 0), (7, 32, 64)), 3, 0, words) == 0
    assert list(Holes(words)) == [(address(7, 32), 64)]


@pytest.mark.parametrize("slot", [0, 1])
def test_segment_past_the_end_of_its_page_is_located(slot: int) -> None:
    segments = [(7, 0, 32), (7, 64, 32)]
    segments[slot] = (7, 65_504, 33)
    assert read_segments(table(*segments), 2, 0, {}) == -1 - (2 + 8 * slot)


def test_words_sort_by_offset() -> None:
    assert word(1, 0, 0) > word(0, 65_535, 0xFFFF_FFFF)


@pytest.mark.parametrize(("offset", "size"), [(8, 4), (32, 9), (96, 1)])
def test_nothing_is_taken_of_what_is_no_segment(offset: int, size: int) -> None:
    words = array("Q", [word(0, 8, 1), word(32, 8, 2)])
    vacated: list[int] = []
    with pytest.raises(IndexError):
        take_front(words, offset, size, vacated)
    assert not vacated
