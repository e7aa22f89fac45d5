"""A record of the log: patches that make of a page as it was the page as it is."""

from array import array

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.support.declared_changes import lines_with
from wasidb_guest.encoding.checksum import crc32c
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.log_record import BODY, PATCH, RECORD, SEQUENCE, ZEROS, LogRecord
from wasidb_memory.log import joined

SALT = bytes(range(16))
RANGE = st.tuples(st.integers(0, PAGE_SIZE - 1), st.integers(1, 2_000))


def new_record() -> LogRecord:
    return LogRecord(30, 20, SALT, 7)


def patched(made: LogRecord, pages: dict[int, bytearray]) -> int:
    """Finish a record and apply its patches; how many there are."""
    return applied(joined(made.finish()), pages)


def applied(record: bytes, pages: dict[int, bytearray]) -> int:
    """Apply the patches of a whole record; how many there are."""
    size, checksum = RECORD.unpack_from(record)
    body = record[RECORD.size :]
    assert (size, checksum) == (len(body), crc32c(SALT + SEQUENCE.pack(7) + body))
    assert BODY.unpack_from(body) == (30, 20)
    at, patch_count = BODY.size, 0
    while at < len(body):
        marked, offset, last = PATCH.unpack_from(body, at)
        at += PATCH.size
        number, size = marked & ~ZEROS, last + 1
        is_zero = marked & ZEROS
        pages[number][offset : offset + size] = bytes(size) if is_zero else body[at : at + size]
        at += 0 if is_zero else size
        patch_count += 1
    assert at == len(body)
    return patch_count


@given(st.lists(st.lists(RANGE, min_size=1, max_size=12), min_size=1, max_size=3))
def test_patches_hold_every_change(changes: list[list[tuple[int, int]]]) -> None:
    record = new_record()
    before = {0x01020304 + place: bytearray(PAGE_SIZE) for place in range(len(changes))}
    after = {number: Frame(PAGE_SIZE) for number in before}
    for (number, page), ranges in zip(after.items(), changes, strict=True):
        spans = [(start, min(start + size, PAGE_SIZE)) for start, size in ranges]
        for start, end in spans:
            page[start:end:5] = b"x" * len(range(start, end, 5))
        record.add(number, lines_with(*spans), bytes(PAGE_SIZE), page)
    patched(record, before)
    assert before == after


@pytest.mark.parametrize(("pages", "pieces"), [(1, 1), (2, 1), (40, 4)])
def test_what_few_pages_change_is_one_piece(pages: int, pieces: int) -> None:
    """Every piece is a write, which takes longer than to copy one of a page or two."""
    record = new_record()
    for number in range(pages):
        page = Frame(PAGE_SIZE)
        page[:] = b"x" * PAGE_SIZE
        record.add(number, lines_with((0, PAGE_SIZE)), bytes(PAGE_SIZE), page)
    made = record.finish()
    assert len(made) == pieces
    before = {number: bytearray(PAGE_SIZE) for number in range(pages)}
    applied(joined(made), before)
    assert all(page == b"x" * PAGE_SIZE for page in before.values())


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=30))
def test_spans_are_taken_as_they_are(steps: list[tuple[int, int]]) -> None:
    page, starts, ends, at = Frame(PAGE_SIZE), array("i"), array("i"), 0
    for gap, size in steps:
        starts.append(at + gap)
        ends.append(at := at + gap + size)
        page[starts[-1] : at] = b"x" * size
    record = new_record()
    record.add_spans(3, memoryview(starts), memoryview(ends), page)
    pages = {3: bytearray(PAGE_SIZE)}
    assert patched(record, pages) <= sum(size > 0 for _, size in steps)
    assert pages[3] == page


def test_spans_close_together_are_one_patch() -> None:
    starts, ends = (memoryview(array("i", each)) for each in ([8, 40, 0, 300], [16, 48, 0, 308]))
    record = new_record()
    record.add_spans(3, starts, ends, Frame(PAGE_SIZE))
    assert patched(record, {3: bytearray(PAGE_SIZE)}) == 2
    with pytest.raises(IndexError):
        new_record().add_spans(3, starts, memoryview(array("i", [16, 4, 0, 308])), Frame(PAGE_SIZE))


def test_spans_known_to_be_zeros_are_patches_without_bytes() -> None:
    starts, ends = (memoryview(array("i", each)) for each in ([8, 40, 0, 300], [16, 48, 0, 65_536]))
    record = new_record()
    record.add_zeros(3, starts, ends)
    pages = {3: bytearray(b"x" * PAGE_SIZE)}
    content = joined(record.finish())
    assert applied(content, pages) == 3
    assert len(content) == RECORD.size + BODY.size + 3 * PATCH.size
    expected = bytearray(b"x" * PAGE_SIZE)
    for start, end in zip(starts, ends, strict=True):
        expected[start:end] = bytes(end - start)
    assert pages[3] == expected
    with pytest.raises(IndexError):
        new_record().add_zeros(3, starts, memoryview(array("i", [16, 48, 0, 65_537])))


def test_a_whole_page_is_one_patch() -> None:
    record = new_record()
    page = Frame(b"\1" * PAGE_SIZE)
    record.add(3, lines_with((0, PAGE_SIZE)), bytes(PAGE_SIZE), page)
    pages = {3: bytearray(PAGE_SIZE)}
    assert patched(record, pages) == 1
    assert pages[3] == page


def test_zeros_do_not_go_to_the_log() -> None:
    record = new_record()
    before = bytes(range(1, 129)) * 512
    page = Frame(before)
    page[800:4_000] = bytes(3_200)
    record.add(3, lines_with((0, 8_000)), before, page)
    record.add(4, lines_with((0, PAGE_SIZE)), before, Frame(PAGE_SIZE))
    pages = {3: bytearray(before), 4: bytearray(before)}
    content = joined(record.finish())
    assert applied(content, pages) == 2
    assert pages == {3: page, 4: bytes(PAGE_SIZE)}
    assert len(content) == RECORD.size + BODY.size + 2 * PATCH.size


def test_pieces_of_a_large_record_can_be_forgotten() -> None:
    record, pieces = new_record(), []
    for number in range(60):
        record.add(number, lines_with((0, PAGE_SIZE)), bytes(PAGE_SIZE), Frame(b"x" * PAGE_SIZE))
        ready = record.take_pieces()
        assert len(ready) <= 1
        pieces += ready
    pieces += record.finish()
    assert len(pieces) == 5
    assert pieces[-1][0] == 0
    pages = {number: bytearray(PAGE_SIZE) for number in range(60)}
    assert applied(joined(pieces), pages) == 60
    assert set(map(bytes, pages.values())) == {b"x" * PAGE_SIZE}


def test_what_nobody_has_from_before_is_taken_as_it_is() -> None:
    record = new_record()
    record.add(3, lines_with((0, 640)), None, Frame(b"x" * PAGE_SIZE))
    pages = {3: bytearray(PAGE_SIZE)}
    assert patched(record, pages) == 1
    assert pages[3] == b"x" * 640 + bytes(PAGE_SIZE - 640)


def test_few_lines_are_taken_as_they_are() -> None:
    page = Frame(PAGE_SIZE)
    taken, compared = new_record(), new_record()
    taken.add(3, lines_with((0, 64), (500, 510)), bytes(page), page)
    compared.add(3, lines_with((0, 320)), bytes(page), page)
    assert patched(taken, {3: bytearray(PAGE_SIZE)}) == 2
    assert patched(compared, {}) == 0
