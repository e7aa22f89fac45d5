"""Free segments in memory against a dictionary of them."""

from array import array

import hypothesis.strategies as st
import pytest
from hypothesis import given
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from wasidb_guest.pages.layout import SEGMENT, address, offset_of, page_of
from wasidb_guest.tables.holes import Holes
from wasidb_guest.tables.segment_words import read_segments, word

PAGES = st.sampled_from([7, 8, 4_294_967_295])
OFFSETS = st.integers(0, 60)
SIZES = st.sampled_from([1, 3, 9])


class AgainstDictionary(RuleBasedStateMachine):
    """Addresses with size and place, in a dictionary too."""

    def __init__(self) -> None:
        super().__init__()
        self.holes = Holes({})
        self.truth: dict[int, tuple[int, int]] = {}

    @rule(page=PAGES, offset=OFFSETS, size=SIZES, place=st.integers(0, 0xFFFF_FFFF))
    def add(self, page: int, offset: int, size: int, place: int) -> None:
        start = address(page, 10 * offset)
        if start not in self.truth:
            self.holes.add(page, [(10 * offset, size)], place)
            self.truth[start] = size, place

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        start = data.draw(st.sampled_from(sorted(self.truth)))
        assert self.holes.remove(start) == self.truth.pop(start)

    @precondition(lambda self: self.truth)
    @rule(data=st.data(), place=st.integers(0, 9))
    def move(self, data: st.DataObject, place: int) -> None:
        start = data.draw(st.sampled_from(sorted(self.truth)))
        self.holes.move(start, place)
        self.truth[start] = self.truth[start][0], place

    @rule(page=PAGES, offset=OFFSETS)
    def look_for_one(self, page: int, offset: int) -> None:
        start = address(page, 10 * offset)
        assert self.holes.place(start) == self.truth.get(start, (0, None))[1]

    @rule(page=PAGES, offset=st.integers(0, 610))
    def look_for_the_one_before(self, page: int, offset: int) -> None:
        ends = {
            address(page_of(start), offset_of(start) + size): start
            for start, (size, _) in self.truth.items()
        }
        start = address(page, offset)
        assert self.holes.ending_at(start) == ends.get(start)

    @invariant()
    def holds_what_the_dictionary_does(self) -> None:
        by_address = sorted((start, size) for start, (size, _) in self.truth.items())
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


TestAgainstDictionary = AgainstDictionary.TestCase


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
    for slot, (page, offset, _) in enumerate(segments):
        assert holes.place(address(page, offset)) == 8_191 + slot


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
