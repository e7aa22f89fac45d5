"""The slot of one record: what is written to it stays within it."""

from typing import Any

import pytest

from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import PAGE_SIZE, address
from wasidb_guest.tables.lone_slot import (
    erase_record,
    is_free,
    overwrite_record,
    put_record,
)

RECORD = bytearray(b"\x05\0ABCDE")
STRIDE = 32


class Pages:
    """Page 7, full of ones but for a record at an offset; `told` is what was to be changed."""

    base = None

    def __init__(self, at: int) -> None:
        self.frame = Frame(b"\xff" * PAGE_SIZE)
        self.frame[at : at + len(RECORD)] = RECORD[: PAGE_SIZE - at]
        del self.frame[PAGE_SIZE:]
        self.kept = {7: self.frame}
        self.told: list[tuple[int, int, int]] = []

    def writable(self, number: int, start: int, end: int) -> Frame:
        self.told.append((number, start, end))
        return self.frame


@pytest.mark.parametrize("at", [0, 64, PAGE_SIZE - len(RECORD)])
def test_a_record_is_put_and_nothing_else_changes(at: int) -> None:
    pages: Any = Pages(0)
    expected = pages.frame[:at] + RECORD + pages.frame[at + len(RECORD) :]
    put_record(pages, address(7, at), RECORD)
    assert pages.frame == expected
    assert pages.told == [(7, at, at + len(RECORD))]


def test_a_record_that_runs_past_its_page_is_not_put() -> None:
    pages: Any = Pages(0)
    before = bytes(pages.frame)
    with pytest.raises(IndexError):
        put_record(pages, address(7, PAGE_SIZE - len(RECORD) + 1), RECORD)
    assert pages.frame == before


@pytest.mark.parametrize("at", [0, 64, PAGE_SIZE - STRIDE])
def test_bytes_are_free_while_all_are_zeros(at: int) -> None:
    pages: Any = Pages(0)
    pages.frame[at : at + STRIDE] = bytes(STRIDE)
    assert is_free(pages, address(7, at), STRIDE)
    for place in (at, at + STRIDE - 1):
        pages.frame[place] = 1
        assert not is_free(pages, address(7, at), STRIDE)
        pages.frame[place] = 0
    assert not pages.told


def test_bytes_past_the_page_are_not_asked_for() -> None:
    pages: Any = Pages(0)
    with pytest.raises(IndexError):
        is_free(pages, address(7, PAGE_SIZE - STRIDE + 1), STRIDE)


@pytest.mark.parametrize("at", [0, 64, PAGE_SIZE - len(RECORD)])
def test_a_record_as_long_takes_its_place(at: int) -> None:
    pages: Any = Pages(at)
    new = bytearray(b"\x05\0vwxyz")
    expected = pages.frame[:at] + new + pages.frame[at + len(new) :]
    assert overwrite_record(pages, address(7, at), new)
    assert pages.frame == expected
    assert pages.told == [(7, at, at + len(new))]


@pytest.mark.parametrize("at", [64, PAGE_SIZE - len(RECORD)])
@pytest.mark.parametrize("new", [b"\x04\0vwxy", b"\x05\x01" + bytes(261), b"\x06\0uvwxyz"])
def test_another_one_does_not(at: int, new: bytes) -> None:
    pages: Any = Pages(at)
    before = bytes(pages.frame)
    assert not overwrite_record(pages, address(7, at), bytearray(new))
    assert pages.frame == before
    assert not pages.told


@pytest.mark.parametrize(("at", "end"), [(0, 32), (64, 96), (PAGE_SIZE - 32, PAGE_SIZE)])
def test_a_slot_is_erased_with_its_padding(at: int, end: int) -> None:
    pages: Any = Pages(at)
    expected = pages.frame[:at] + bytes(end - at) + pages.frame[end:]
    assert erase_record(pages, address(7, at), STRIDE) == end
    assert pages.frame == expected
    assert pages.told == [(7, at, end)]


def test_a_slot_that_would_run_past_its_page_ends_with_it() -> None:
    pages: Any = Pages(PAGE_SIZE - 4)
    assert erase_record(pages, address(7, PAGE_SIZE - 4), STRIDE) == PAGE_SIZE
    assert not any(pages.frame[PAGE_SIZE - 4 :])


def test_where_no_header_fits_there_is_no_record() -> None:
    pages: Any = Pages(PAGE_SIZE - 1)
    with pytest.raises(IndexError):
        erase_record(pages, address(7, PAGE_SIZE - 1), STRIDE)
    assert not overwrite_record(pages, address(7, PAGE_SIZE - 1), RECORD)
