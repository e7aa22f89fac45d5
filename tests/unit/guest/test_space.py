"""Where records find room: the first page that has it, and the holes that deleted ones leave."""

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.declared_changes import check_page
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import SEGMENT_SIZE_MAX, address, offset_of, page_of
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.first_fit import FirstFit
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_memory import HeapLog, HeapMemory

SIZES = st.lists(st.integers(0, 40), max_size=40)
STRIDE = 32


@given(SIZES, st.integers(1, 45))
def test_first_fit_is_the_first_that_fits(sizes: list[int], wanted: int) -> None:
    expected = next((i for i, size in enumerate(sizes) if size >= wanted), None)
    assert FirstFit(sizes).first(wanted) == expected


@given(SIZES, st.data())
def test_first_fit_follows_changes(sizes: list[int], data: st.DataObject) -> None:
    fit = FirstFit(sizes)
    for _ in range(data.draw(st.integers(0, 20))):
        size = data.draw(st.integers(0, 40))
        if sizes and data.draw(st.booleans()):
            index = data.draw(st.integers(0, len(sizes) - 1))
            sizes[index] = fit[index] = size
        else:
            index = data.draw(st.integers(0, len(sizes)))
            sizes.insert(index, size)
            fit.insert(index, size)
        assert fit.sizes() == sizes
        wanted = data.draw(st.integers(1, 41))
        expected = next((i for i, size in enumerate(sizes) if size >= wanted), None)
        assert fit.first(wanted) == expected


@given(
    st.lists(
        st.tuples(st.integers(3, 60), st.integers(0, 65_536)), min_size=1, unique_by=lambda e: e[0]
    )
)
def test_pages_are_listed_in_ascending_order(entries: list[tuple[int, int]]) -> None:
    memory = HeapMemory()
    memory.grow(4)
    pages = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
    ledger = PageLedger(pages, 3, "notes")
    for page, high_water in entries:
        ledger.set_high_water(ledger.add(page), high_water)
    check_page(pages, 3)
    again = PageLedger(pages, 3, "notes")
    marks = enumerate(again.record_pages)
    assert [(page, again.high_water(index)) for index, page in marks] == sorted(entries)
    assert not any(pages.read(3)[4 + 12 * len(entries) :])


class Holes(RuleBasedStateMachine):
    """Free segments against a set of free slots of 32 bytes on three pages."""

    def __init__(self) -> None:
        super().__init__()
        memory = HeapMemory()
        memory.grow(4)
        self.pages = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
        self.segments = FreeSegments(self.pages, 3)
        self.free: set[int] = set()

    @rule(page=st.integers(10, 12), slot=st.integers(0, 30), slots=st.integers(1, 5))
    def add(self, page: int, slot: int, slots: int) -> None:
        taken = {address(page, (slot + i) * STRIDE) for i in range(slots)}
        if not taken & self.free:
            self.segments.add(address(page, slot * STRIDE), slots * STRIDE)
            self.free |= taken

    @rule(page=st.integers(10, 12), slots=st.sets(st.integers(0, 40), max_size=20))
    def add_gaps(self, page: int, slots: set[int]) -> None:
        slots -= {offset_of(start) // STRIDE for start in self.free if page_of(start) == page}
        starts = [slot for slot in sorted(slots) if slot - 1 not in slots]
        ends = [slot + 1 for slot in sorted(slots) if slot + 1 not in slots]
        gaps = [(start * STRIDE, end * STRIDE) for start, end in zip(starts, ends, strict=True)]
        self.segments.add_gaps(page, gaps)
        self.free |= {address(page, slot * STRIDE) for slot in slots}

    @precondition(lambda self: self.free)
    @rule(slots=st.integers(1, 6))
    def use(self, slots: int) -> None:
        found = self.segments.find(slots * STRIDE)
        if found is None:
            assert self.segments.largest()[1] < slots * STRIDE
            return
        start, size = found
        assert size >= slots * STRIDE
        self.segments.use(start, slots * STRIDE)
        self.free -= {start + i * STRIDE for i in range(slots)}

    @rule()
    def read_again(self) -> None:
        self.segments = FreeSegments(self.pages, 3)

    @invariant()
    def segments_are_the_free_slots_merged(self) -> None:
        found = self.segments.segments()
        slots = {start + i * STRIDE for start, size in found for i in range(size // STRIDE)}
        assert slots == self.free
        assert self.segments.total() == len(self.free) * STRIDE
        for (start, size), (following, _) in pairwise(found):
            assert start + size < following or page_of(start) < page_of(following)


Holes.TestCase.settings = settings(max_examples=40, deadline=None)
TestHoles = Holes.TestCase


def test_a_whole_page_is_listed_with_the_most_a_u16_can_say() -> None:
    machine = Holes()
    machine.segments.add(address(20, 0), 32 * STRIDE)
    machine.segments.add(address(20, 32 * STRIDE), 65_536 - 32 * STRIDE)
    assert machine.segments.segments() == [(address(20, 0), SEGMENT_SIZE_MAX)]
    machine.segments.use(address(20, 0), 100 * STRIDE)
    ((start, size),) = machine.segments.segments()
    assert (offset_of(start), size) == (100 * STRIDE, SEGMENT_SIZE_MAX - 100 * STRIDE)
