"""Rows that an index finds, as text: in order, however many, and what is no record is named."""

import json
from array import array

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.definition_json import definition_from_json
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.pages.frame import Frame
from wasidb_guest.tables.record_columns import new_records
from wasidb_guest.tables.row_text import ROWS_AT_ONCE, RowText
from wasidb_memory import HeapMemory

NOTES = "notes: id uint32 key, topic uint32, rank uint32; index topic,rank"
MANY = 4_000
"""So many entries of an index need several leaves."""


class Pages:
    """Two pages at hand, and those that have to be read."""

    base = None

    def __init__(self, kept: dict[int, Frame], others: dict[int, Frame]) -> None:
        self.kept = kept
        self._others = others

    def read(self, number: int) -> Frame:
        return self._others[number]


def rows_of_topic(count: int) -> list[list[int]]:
    """What a prepared statement gives for a topic whose rows were stored by falling rank."""
    engine = EngineOnMemory(HeapMemory())
    Catalog(engine).create_tables(json.dumps([parse_definition(NOTES)]))
    rows = Rows(engine)
    stored = [[number, number % 2, 2 * count - number] for number in range(2 * count)]
    columns = ["id", "topic", "rank"]
    rows.insert("notes", json.dumps({"columns": columns, "rows": stored}), None)
    where = {"Eq": ["topic", {"Param": 0}]}
    question = {"select": {"from": "notes", "columns": ["id", "rank"], "where": where}}
    answer = json.loads(rows.execute(rows.prepare(json.dumps(question)), "[1]", None))
    assert answer["columns"] == ["id", "rank"]
    found: list[list[int]] = answer["rows"]
    return found


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, MANY])
def test_rows_come_as_they_are_stored(count: int) -> None:
    found = rows_of_topic(count)
    assert found == [[number, 2 * count - number] for number in range(1, 2 * count, 2)]


def notes_on_two_pages() -> tuple[RowText, Pages, list[int]]:
    """Records of notes on pages 8 and 9, of which only 8 is at hand; where they are."""
    table = definition_from_json(parse_definition(NOTES))
    vectors = [
        vector_from_cells(column.type, [1, 2], table="notes", column=column.name, nullable=False)
        for column in table.columns
    ]
    new = new_records(table, vectors)
    records, starts = new.stored(), new.starts
    page = Frame(1 << 16)
    page[: len(records)] = records
    places = [number << 16 | starts[row] for number in (8, 9) for row in (1, 0)]
    return RowText(table, (0, 2)), Pages({8: page}, {9: Frame(page)}), places


def test_addresses_of_any_pages_in_any_order() -> None:
    text, pages, places = notes_on_two_pages()
    addresses = memoryview(array("Q", [places[0], NO_ADDRESS, *places[1:]]))
    assert text.at(pages, addresses) == "[[2,2],null,[1,1],[2,2],[1,1]]"
    assert text.count == 5


@pytest.mark.parametrize("length", [0, 3, 0xFFFF], ids=["none", "cut short", "past the page"])
def test_damage_is_named_and_the_next_text_is_sound(length: int) -> None:
    text, pages, places = notes_on_two_pages()
    place = places[0] & 0xFFFF
    pages.kept[8][place : place + 2] = length.to_bytes(2, "little")
    with pytest.raises(Corrupted) as caught:
        text.at(pages, memoryview(array("Q", [places[2], places[0]])))
    assert caught.value.details["page"] == 8
    assert place <= caught.value.details["offset"] <= place + 2 + length
    assert text.at(pages, memoryview(array("Q", [places[1]]))) == "[[1,1]]"


def test_long_records_leave_nothing_to_the_next_text() -> None:
    """Records of the greatest size are gathered one after the other, and then a short one."""
    table = definition_from_json(parse_definition("notes: id uint32 key, body text"))
    cells: list[list[int | str]] = [[1, 2], ["x" * 40_000, "short"]]
    vectors = [
        vector_from_cells(column.type, each, table="notes", column=column.name, nullable=False)
        for column, each in zip(table.columns, cells, strict=True)
    ]
    new = new_records(table, vectors)
    records, starts = new.stored(), new.starts
    page = Frame(1 << 16)
    page[-len(records) :] = records
    long, short = (8 << 16 | (1 << 16) - len(records) + start for start in starts[:2])
    text, pages = RowText(table, (1,)), Pages({8: page}, {})
    assert text.at(pages, memoryview(array("Q", [long] * 5))) == json.dumps(
        [["x" * 40_000]] * 5, separators=(",", ":")
    )
    assert text.at(pages, memoryview(array("Q", [short, NO_ADDRESS]))) == '[["short"],null]'


@pytest.mark.parametrize("offset", [0xFFFE, 0xFFFF])
def test_an_address_at_the_end_of_a_page_is_damage(offset: int) -> None:
    text, pages, places = notes_on_two_pages()
    with pytest.raises(Corrupted) as caught:
        text.at(pages, memoryview(array("Q", [places[0], 9 << 16 | offset])))
    assert caught.value.details["page"] == 9
    assert caught.value.details["offset"] == offset
