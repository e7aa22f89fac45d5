"""Where records find room: the first page that has it, and the holes that deleted ones leave."""

from array import array
from itertools import accumulate, pairwise

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.declared_changes import check_page
from tests.support.gaps import free, free_gaps
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import SEGMENT_SIZE_MAX, address, offset_of, page_of
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.first_fit import FirstFit
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.record_block import uint64s
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
        memory.grow(13)
        self.pages = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
        self.segments = FreeSegments(self.pages, 3)
        self.free: set[int] = set()

    @rule(page=st.integers(10, 12), slot=st.integers(0, 30), slots=st.integers(1, 5))
    def add(self, page: int, slot: int, slots: int) -> None:
        taken = {address(page, (slot + i) * STRIDE) for i in range(slots)}
        if not taken & self.free:
            free_gaps(self.segments.holes, {page: [(slot * STRIDE, (slot + slots) * STRIDE)]})
            self.free |= taken

    @rule(page=st.integers(10, 12), slots=st.sets(st.integers(0, 40), max_size=20))
    def add_gaps(self, page: int, slots: set[int]) -> None:
        slots -= {offset_of(start) // STRIDE for start in self.free if page_of(start) == page}
        starts = [slot for slot in sorted(slots) if slot - 1 not in slots]
        ends = [slot + 1 for slot in sorted(slots) if slot + 1 not in slots]
        gaps = [(start * STRIDE, end * STRIDE) for start, end in zip(starts, ends, strict=True)]
        free_gaps(self.segments.holes, {page: gaps})
        self.free |= {address(page, slot * STRIDE) for slot in slots}

    @precondition(lambda self: self.free)
    @rule(sizes=st.lists(st.integers(3, 6 * STRIDE), min_size=1, max_size=9))
    def fill(self, sizes: list[int]) -> None:
        """Records go into the smallest segment for all of them, or the page of the largest one."""
        needed = sum(size + -size % STRIDE for size in sizes)
        found = self.segments.holes.find(needed) or self.segments.holes.largest()
        assert found is not None
        assert found[1] >= needed or self.segments.holes.find(needed) is None
        starts, addresses = int32s(len(sizes) + 1), uint64s(len(sizes))
        starts[1:] = memoryview(array("i", accumulate(sizes)))
        records = bytearray(b"r") * starts[-1]
        placed = self.segments.fill(found, needed, STRIDE, records, starts, 0, addresses)
        assert placed == len(sizes) or found[1] < needed
        assert placed or sizes[0] > found[1]
        frame = self.pages.writable(page_of(found[0]))
        for start, size in zip(addresses[:placed], sizes, strict=False):
            if found[1] >= needed:
                assert found[0] <= start < found[0] + found[1]
            taken = {start + i for i in range(0, size, STRIDE)}
            assert taken <= self.free
            self.free -= taken
            at = offset_of(start)
            assert frame[at : at + size] == b"r" * size
            frame[at : at + size] = bytes(size)

    @precondition(lambda self: self.free)
    @rule(slots=st.integers(1, 3))
    def take_front(self, slots: int) -> None:
        found = self.segments.holes.find(slots * STRIDE)
        if found is not None:
            self.segments.holes.take_front(found[0], slots * STRIDE)
            self.free -= {found[0] + i * STRIDE for i in range(slots)}

    @rule()
    def save(self) -> None:
        self.segments.save()

    @rule()
    def read_again(self) -> None:
        self.segments.save()
        self.segments = FreeSegments(self.pages, 3)

    @invariant()
    def segments_are_the_free_slots_merged(self) -> None:
        found = list(self.segments.holes)
        slots = {start + i * STRIDE for start, size in found for i in range(size // STRIDE)}
        assert slots == self.free
        assert self.segments.holes.total() == len(self.free) * STRIDE
        for (start, size), (following, _) in pairwise(found):
            assert start + size < following or page_of(start) < page_of(following)


Holes.TestCase.settings = settings(max_examples=40, deadline=None)
TestHoles = Holes.TestCase


def test_a_whole_page_is_listed_with_the_most_a_u16_can_say() -> None:
    machine = Holes()
    free(machine.segments, 12, [(0, 32 * STRIDE)])
    free(machine.segments, 12, [(32 * STRIDE, 65_536)])
    found = (address(12, 0), SEGMENT_SIZE_MAX)
    assert list(machine.segments.holes) == [found]
    starts, addresses = int32s(2), uint64s(1)
    starts[1] = 100 * STRIDE
    record = bytearray(100 * STRIDE)
    assert machine.segments.fill(found, 100 * STRIDE, STRIDE, record, starts, 0, addresses) == 1
    ((start, size),) = machine.segments.holes
    assert (offset_of(start), size) == (100 * STRIDE, SEGMENT_SIZE_MAX - 100 * STRIDE)
