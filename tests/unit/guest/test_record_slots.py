"""Records erased and moved together, on pages of their own."""

import json
from array import array
from collections.abc import Callable
from itertools import accumulate, pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.rows import Rows
from wasidb_guest.encoding.record_slots import erase_records, keep_records, slot_end
from wasidb_guest.encoding.records import rows_outside
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.pages.layout import PAGE_SIZE, address
from wasidb_guest.tables import page_ledger
from wasidb_guest.tables.table import MANY_ROWS, Table

STRIDE = 32
PAGE = 7

Span = tuple[int, int]
"""Where something starts and ends."""


def page_of_records(sizes: list[int]) -> tuple[bytearray, list[Span]]:
    """Records with bodies of these sizes, one behind the other, and the spans of their slots."""
    page, spans, at = bytearray(PAGE_SIZE), list[Span](), 0
    for size in sizes:
        page[at : at + 2 + size] = size.to_bytes(2, "little") + b"x" * size
        end = at - (-(2 + size) // STRIDE) * STRIDE
        spans.append((at, end))
        at = end
    return page, spans


def erase(page: bytearray, offsets: list[int]) -> list[Span]:
    """The gaps that erasing the records at these offsets leaves."""
    addresses = memoryview(array("Q", [address(PAGE, offset) for offset in offsets]))
    starts, ends = (memoryview(array("i", bytes(4 * len(offsets)))) for _ in range(2))
    limits, gap_limits = memoryview(array("i", [len(offsets)])), memoryview(array("i", [0]))
    gaps = erase_records([page], limits, addresses, STRIDE, starts, ends, gap_limits)
    assert gap_limits[0] == gaps
    return list(zip(starts[:gaps], ends[:gaps], strict=True))


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=20))
def test_slots_side_by_side_leave_one_gap(records: list[tuple[int, bool]]) -> None:
    page, spans = page_of_records([size for size, _ in records])
    erased = [span for span, (_, gone) in zip(spans, records, strict=True) if gone]
    expected = bytearray(page)
    for start, end in erased:
        expected[start:end] = bytes(end - start)
    gaps = erase(page, [start for start, _ in erased])
    assert page == expected
    slots = {at for start, end in gaps for at in range(start, end, STRIDE)}
    assert slots == {at for start, end in erased for at in range(start, end, STRIDE)}
    assert all(before < start for (_, before), (start, _) in pairwise(gaps))


@given(st.lists(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=9), max_size=4))
def test_rows_of_records_that_are_left(pages: list[list[tuple[int, bool]]]) -> None:
    numbers = range(PAGE, PAGE + len(pages))
    addresses, left, gaps, limits = array("Q"), list[int](), list[Span](), array("i")
    for number, records in zip(numbers, pages, strict=True):
        page, spans = page_of_records([size for size, _ in records])
        gone = [start for (start, _), (_, is_gone) in zip(spans, records, strict=True) if is_gone]
        left += [len(addresses) + row for row, (_, is_gone) in enumerate(records) if not is_gone]
        addresses.extend([address(number, start) for start, _ in spans])
        gaps += erase(page, gone)
        limits.append(len(gaps))
    starts, ends = array("i", [start for start, _ in gaps]), array("i", [end for _, end in gaps])
    rows = array("I", bytes(4 * len(addresses)))
    count = rows_outside(addresses, array("Q", numbers), limits, starts, ends, rows)
    assert rows[:count].tolist() == left


def test_a_record_that_is_missing_is_told_from_one_that_is_run_into() -> None:
    page, spans = page_of_records([20, 20, 20])
    page[spans[1][0]] = 0
    addresses = memoryview(array("Q", [address(PAGE, start) for start, _ in spans]))
    starts, ends = (memoryview(array("i", bytes(12))) for _ in range(2))
    limits, gap_limits = memoryview(array("i", [3])), memoryview(array("i", [0]))
    assert erase_records([page], limits, addresses, STRIDE, starts, ends, gap_limits) == -1 - 3 - 1
    page, _ = page_of_records([20 + STRIDE])
    assert erase_records([page], limits, addresses, STRIDE, starts, ends, gap_limits) == -1 - 1


def test_last_slot_ends_with_its_page() -> None:
    page = bytearray(PAGE_SIZE)
    at = PAGE_SIZE - 40
    page[at : at + 4] = b"\x02\0ab"
    assert slot_end(page, PAGE_SIZE, at, 48) == PAGE_SIZE - PAGE_SIZE % 48
    page[at : at + 2] = (38).to_bytes(2, "little")
    assert slot_end(page, PAGE_SIZE, at, 48) == PAGE_SIZE


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.booleans()), max_size=20))
def test_flagged_records_are_kept_in_their_order(rows: list[tuple[bytes, bool]]) -> None:
    records = bytearray(b"".join(record for record, _ in rows))
    starts = memoryview(array("i", accumulate((len(each) for each, _ in rows), initial=0)))
    addresses = memoryview(array("Q", range(100, 100 + len(rows))))
    flags = bytearray(flag for _, flag in rows)
    count = keep_records(records, starts, addresses, flags)
    kept = [(100 + row, record) for row, (record, flag) in enumerate(rows) if flag]
    assert addresses[:count].tolist() == [at for at, _ in kept]
    spans = pairwise(starts[: count + 1])
    assert [bytes(records[start:end]) for start, end in spans] == [record for _, record in kept]


COUNT = 3_000


@pytest.fixture
def rows() -> Rows:
    """Interface `rows` of a table of several pages."""
    engine = Engine()
    engine.open(":memory:")
    columns = [{"name": "id", "type": "uint32"}, {"name": "note", "type": "text"}]
    definition = {"name": "notes", "primary_key": "id", "columns": columns}
    Catalog(engine).create_tables(json.dumps([definition]))
    rows = Rows(engine)
    given = [[number, "a" * 70] for number in range(COUNT)]
    rows.insert("notes", json.dumps({"columns": ["id", "note"], "rows": given}), None)
    return rows


def table_of(rows: Rows) -> Table:
    return rows._engine.store.catalog.table("notes")


def test_rows_that_change_size_together_leave_no_holes_between_them(rows: Rows) -> None:
    pages = len(table_of(rows).ledger.record_pages)
    assert rows.update("notes", json.dumps({"note": "b" * 40}), None, None) == COUNT
    table = table_of(rows)
    assert len(table.ledger.record_pages) == pages
    assert len(table.free_segments.holes) <= pages
    found = json.loads(rows.select(json.dumps({"from": "notes"}), None))["rows"]
    assert sorted(found) == [[number, "b" * 40] for number in range(COUNT)]


def test_a_table_without_rows_has_a_free_segment_for_each_page(rows: Rows) -> None:
    pages = len(table_of(rows).ledger.record_pages)
    assert rows.delete("notes", "restrict", None, None) == COUNT
    assert len(table_of(rows).free_segments.holes) == pages


def test_erasing_many_records_of_which_one_is_missing(rows: Rows) -> None:
    table = table_of(rows)
    places = [place for _, addresses in table.scan([0]) for place in addresses]
    last = len(table.ledger.record_pages) - 1
    behind = address(table.ledger.record_pages[last], table.ledger.high_water(last))
    nowhere = memoryview(array("Q", [*places, behind]))
    engine = rows._engine
    with (
        pytest.raises(Corrupted, match="no record of table 'notes' here") as error,
        engine.store.session(None) as transaction,
    ):
        transaction.writable("notes").erase_records(nowhere)
    assert error.value.details["page"] == table.ledger.record_pages[last]


def test_a_record_that_runs_into_the_next_one_is_damage(rows: Rows) -> None:
    table = table_of(rows)
    number, stride = table.ledger.record_pages[1], table.definition.stride
    frame = table.pages.read(number)
    slot = slot_end(frame, PAGE_SIZE, 0, stride)
    row = int.from_bytes(frame[slot + 2 : slot + 6], "little")
    frame[slot : slot + 2] = (slot_end(frame, PAGE_SIZE, slot, stride) - slot).to_bytes(2, "little")
    both = json.dumps({"In": ["id", [row, row + 1]]})
    changes: list[Callable[[], int]] = [
        lambda: rows.delete("notes", "restrict", both, None),
        lambda: rows.update("notes", json.dumps({"note": "c" * 70}), both, None),
    ]
    for change in changes:
        with pytest.raises(Corrupted, match="'notes' runs into the next one") as error:
            change()
        assert (error.value.details["page"], error.value.details["offset"]) == (number, slot)
        assert rows.exists("notes", json.dumps({"Eq": ["id", row + 1]}), None)


def test_a_cell_is_not_overwritten_in_a_record_that_another_runs_into(rows: Rows) -> None:
    columns = [{"name": "id", "type": "uint32"}, {"name": "size", "type": "uint32"}]
    definition = {"name": "sizes", "primary_key": "id", "columns": columns}
    Catalog(rows._engine).create_tables(json.dumps([definition]))
    keys = list(range(MANY_ROWS))
    given = [[key, 7] for key in keys]
    rows.insert("sizes", json.dumps({"columns": ["id", "size"], "rows": given}), None)
    table = rows._engine.store.catalog.table("sizes")
    frame = table.pages.read(table.ledger.record_pages[0])
    assert frame[:2] == b"\x08\0"
    frame[0] = 18
    with pytest.raises(Corrupted, match="'sizes' runs into the next one"):
        rows.update("sizes", json.dumps({"size": 8}), json.dumps({"In": ["id", keys]}), None)
    frame[0] = 8
    assert rows.update("sizes", json.dumps({"size": 8}), None, None) == MANY_ROWS


def test_many_rows_leave_the_last_bytes_of_a_page_to_single_ones(rows: Rows) -> None:
    ends = [table_of(rows).ledger.high_water(index) for index in range(3)]
    more = [[COUNT + number, "a" * number] for number in range(30)]
    rows.insert("notes", json.dumps({"columns": ["id", "note"], "rows": more}), None)
    assert [table_of(rows).ledger.high_water(index) for index in range(3)] == ends
    rows.insert("notes", json.dumps({"columns": ["id", "note"], "rows": [[9_999, ""]]}), None)
    assert table_of(rows).ledger.high_water(0) > ends[0]


def test_the_last_bytes_are_for_many_rows_too_where_no_page_can_be_added(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = table_of(rows).ledger
    last = len(ledger.record_pages) - 1
    tails = [PAGE_SIZE - ledger.high_water(index) for index in range(last)]
    fitting = sum(tail // 32 for tail in tails) + (PAGE_SIZE - ledger.high_water(last)) // 32
    monkeypatch.setattr(page_ledger, "RECORD_PAGES_MAX", last + 1)
    more = [[COUNT + number, ""] for number in range(fitting)]
    rows.insert("notes", json.dumps({"columns": ["id", "note"], "rows": more}), None)
    assert rows.count("notes", None, None) == COUNT + fitting
    with pytest.raises(LimitExceeded, match="the most record pages possible"):
        rows.insert("notes", json.dumps({"columns": ["id", "note"], "rows": [[9_999, ""]]}), None)
