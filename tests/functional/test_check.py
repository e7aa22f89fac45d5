"""The integrity check finds what is wrong with a file, and says where."""

import json
from collections.abc import Callable

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition

DEFINITION = "people: id uint32 key, name text, age uint8 null; index name"

Change = Callable[[bytearray, dict[str, int]], None]
"""Damages a file, given its bytes and where the first page of each use begins."""


def an_index_entry_is_lost(file: bytearray, at: dict[str, int]) -> None:
    leaf = at["index"]
    file[leaf + 5] -= 1


def index_entries_change_places(file: bytearray, at: dict[str, int]) -> None:
    first = at["index"] + 15
    size = 21
    entries = file[first : first + 2 * size]
    file[first : first + 2 * size] = entries[size:] + entries[:size]


def an_index_entry_leads_elsewhere(file: bytearray, at: dict[str, int]) -> None:
    file[at["index"] + 15 + 19] ^= 32


def a_leaf_has_a_neighbour(file: bytearray, at: dict[str, int]) -> None:
    file[at["index"] + 11 : at["index"] + 15] = bytes(4)


def a_node_is_of_no_kind(file: bytearray, at: dict[str, int]) -> None:
    file[at["index"]] = 9


def a_row_is_missing(file: bytearray, at: dict[str, int]) -> None:
    slot = at["record"] + 20 * 32
    file[slot : slot + 32] = bytes(32)


def a_record_is_too_long(file: bytearray, at: dict[str, int]) -> None:
    slot = at["record"] + 20 * 32
    file[slot : slot + 2] = b"\xff\xff"


def a_text_is_no_text(file: bytearray, at: dict[str, int]) -> None:
    file[at["record"] + 20 * 32 + 8] = 0xFF


def something_is_above_the_high_water_mark(file: bytearray, at: dict[str, int]) -> None:
    file[at["record"] + PAGE_SIZE - 1] = 1


def something_is_in_a_free_segment(file: bytearray, at: dict[str, int]) -> None:
    file[at["record"] + 40] = 1


def a_free_segment_is_too_large(file: bytearray, at: dict[str, int]) -> None:
    file[at["segment-table"] + 8 : at["segment-table"] + 10] = b"\xf0\xff"


def a_page_is_used_twice(file: bytearray, at: dict[str, int]) -> None:
    first, second = at["page-ledger"] + 4, at["segment-table"]
    file[first : first + 4] = (second // PAGE_SIZE).to_bytes(4, "little")


def a_free_page_is_in_use(file: bytearray, at: dict[str, int]) -> None:
    stack = at["unclaimed"]
    file[stack : stack + 8] = bytes((1, 0, 0, 0)) + (at["record"] // PAGE_SIZE).to_bytes(
        4, "little"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (an_index_entry_is_lost, "does not hold exactly the keys of the rows: 1 are missing"),
        (index_entries_change_places, "index entry is below the one before it"),
        (an_index_entry_leads_elsewhere, "does not hold exactly the keys of the rows"),
        (a_leaf_has_a_neighbour, "leaf links to"),
        (a_node_is_of_no_kind, "index node of unknown type 9"),
        (a_row_is_missing, "does not hold exactly the keys of the rows: 0 are missing"),
        (a_record_is_too_long, "record runs past the end of its page"),
        (a_text_is_no_text, "column people.name of this record is not"),
        (something_is_above_the_high_water_mark, "bytes above the high-water mark are not zero"),
        (something_is_in_a_free_segment, "is not zero"),
        (a_free_segment_is_too_large, "free segment of 65520 bytes is not below a high-water mark"),
        (a_page_is_used_twice, "page is used as"),
        (a_free_page_is_in_use, "page is used as free and as record"),
    ],
)
def test_damage_is_found(engine: EngineUnderTest, change: Change, problem: str) -> None:
    engine.create(parse_definition(DEFINITION))
    rows = [[number, f"n{number % 7}", number % 90] for number in range(300)]
    engine.insert("people", ["id", "name", "age"], *rows)
    engine.delete("people", {"Lt": ["id", 5]})
    assert engine.check() == []
    uses = json.loads(engine.call("maintenance", "page-map"))["pages"]
    pages = {use: uses.index(use) * PAGE_SIZE for use in uses}
    engine.close()
    sound = engine.path.read_bytes()
    damaged = bytearray(sound)
    change(damaged, pages)
    engine.path.write_bytes(damaged)
    engine.open()
    said = [found["what"] for found in engine.check()]
    engine.close()
    engine.path.write_bytes(sound)
    assert any(problem in what for what in said), said
