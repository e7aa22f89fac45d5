"""The integrity check finds what is wrong with a file, and says where."""

import json
from base64 import b64encode
from collections.abc import Callable

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import Corrupted

DEFINITION = "people: id uint32 key auto, name text, age uint8 null; index name"

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


def a_table_has_one_page_for_two_structures(file: bytearray, at: dict[str, int]) -> None:
    """An empty list of counters looks like an empty list of free segments: zeros."""
    counters = (at["autoincrement"] // PAGE_SIZE).to_bytes(4, "little")
    place = file.index(b"\x01" + counters, 0, PAGE_SIZE) + 1
    file[place : place + 4] = (at["free-segments"] // PAGE_SIZE).to_bytes(4, "little")


def a_page_is_used_twice(file: bytearray, at: dict[str, int]) -> None:
    first, second = at["page-ledger"] + 4, at["segment-table"]
    file[first : first + 4] = (second // PAGE_SIZE).to_bytes(4, "little")


def a_free_page_is_in_use(file: bytearray, at: dict[str, int]) -> None:
    stack = at["unclaimed"]
    file[stack : stack + 8] = bytes((1, 0, 0, 0)) + (at["record"] // PAGE_SIZE).to_bytes(
        4, "little"
    )


def a_free_segment_has_no_size(file: bytearray, at: dict[str, int]) -> None:
    file[at["segment-table"] + 8 : at["segment-table"] + 10] = bytes(2)


def a_segment_table_is_listed_twice(file: bytearray, at: dict[str, int]) -> None:
    ledger = at["free-segments"]
    file[ledger] = 2
    file[ledger + 6 : ledger + 10] = file[ledger + 2 : ledger + 6]


def a_free_segment_is_off_the_grid(file: bytearray, at: dict[str, int]) -> None:
    file[at["segment-table"] + 6] += 1


def a_free_segment_is_listed_twice(file: bytearray, at: dict[str, int]) -> None:
    table = at["segment-table"]
    entry = file[table + 2 : table + 10]
    file[table] = 2
    file[table + 10 : table + 18] = entry


def a_free_segment_is_elsewhere(file: bytearray, at: dict[str, int]) -> None:
    file[at["segment-table"] + 2] = at["snapshot"] // PAGE_SIZE


def a_record_lies_over_a_free_segment(file: bytearray, at: dict[str, int]) -> None:
    """The last one before the hole is said to be longer, and is: by zeros."""
    hole = at["record"]
    file[hole : hole + 32] = b"\x0e\0" + (400).to_bytes(4, "little") + b"\x07\0" + bytes(24)
    table = at["segment-table"]
    file[table + 6 : table + 10] = (32).to_bytes(2, "little") + (128).to_bytes(2, "little")
    file[hole : hole + 2] = (48).to_bytes(2, "little")
    file[hole + 6 : hole + 8] = (41).to_bytes(2, "little")


def a_record_is_above_the_high_water_mark(file: bytearray, at: dict[str, int]) -> None:
    free = at["page-ledger"] + 8
    file[free] += 40


def a_record_is_longer_than_its_columns(file: bytearray, at: dict[str, int]) -> None:
    file[at["record"] + 20 * 32] += 1


def record_pages_change_places(file: bytearray, at: dict[str, int]) -> None:
    ledger = at["page-ledger"]
    first = file[ledger + 4 : ledger + 16]
    file[ledger] = 2
    file[ledger + 16 : ledger + 28] = first
    file[ledger + 4 : ledger + 8] = (at["unclaimed"] // PAGE_SIZE + 90).to_bytes(4, "little")


def a_counter_is_missing(file: bytearray, at: dict[str, int]) -> None:
    file[at["autoincrement"]] = 0


def a_counter_is_listed_twice(file: bytearray, at: dict[str, int]) -> None:
    ledger = at["autoincrement"]
    entry = file[ledger + 1 : ledger + 9]
    file[ledger] = 2
    file[ledger + 9 : ledger + 17] = entry


def the_access_list_is_of_no_version(file: bytearray, at: dict[str, int]) -> None:
    file[at["acl"]] = 9


def the_free_pages_are_too_many(file: bytearray, at: dict[str, int]) -> None:
    file[at["unclaimed"] : at["unclaimed"] + 4] = b"\xff\xff\0\0"


def the_page_ledger_is_of_no_sense(file: bytearray, at: dict[str, int]) -> None:
    file[at["page-ledger"] : at["page-ledger"] + 4] = b"\xff" * 4
    file[at["index"] + 11 : at["index"] + 15] = bytes(4)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (an_index_entry_is_lost, "does not hold exactly the keys of the rows: 1 are missing"),
        (index_entries_change_places, "index entry is below the one before it"),
        (an_index_entry_leads_elsewhere, "does not hold exactly the keys of the rows"),
        (a_leaf_has_a_neighbour, "next leaf is 0 instead of none"),
        (a_node_is_of_no_kind, "index node of unknown type 9"),
        (a_row_is_missing, "does not hold exactly the keys of the rows: 0 are missing"),
        (a_record_is_too_long, "record runs past the end of its page"),
        (a_text_is_no_text, "column people.name of this record is not"),
        (something_is_above_the_high_water_mark, "bytes above the high-water mark are not zero"),
        (something_is_in_a_free_segment, "is not zero"),
        (
            a_free_segment_is_too_large,
            "free segment of 65520 bytes is not below the high-water mark",
        ),
        (a_page_is_used_twice, "page is used as"),
        (
            a_table_has_one_page_for_two_structures,
            "page is used as autoincrement and as free-segments",
        ),
        (a_free_page_is_in_use, "page is used as free and as record"),
        (a_free_segment_has_no_size, "1 free segments have no size"),
        (a_segment_table_is_listed_twice, "segment table is listed twice"),
        (a_free_segment_is_off_the_grid, "does not start where a record could"),
        (a_free_segment_is_listed_twice, "overlaps the one before it"),
        (a_free_segment_is_elsewhere, "is in no record page"),
        (a_record_lies_over_a_free_segment, "overlaps a record"),
        (a_record_is_above_the_high_water_mark, "record reaches past the high-water mark"),
        (a_record_is_longer_than_its_columns, "is longer than its columns"),
        (record_pages_change_places, "a scan may pass over it"),
        (a_counter_is_missing, "0 counters for 1 autoincrement columns"),
        (a_counter_is_listed_twice, "listed twice"),
        (the_access_list_is_of_no_version, "access-control version is 9"),
        (the_free_pages_are_too_many, "65535 unclaimed pages"),
        (the_page_ledger_is_of_no_sense, "record pages, at most 5461"),
        (the_page_ledger_is_of_no_sense, "next leaf is 0 instead of none"),
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


def test_look_up_that_is_led_astray_says_so(engine: EngineUnderTest) -> None:
    """To where there is no record but something that looks like one, with a text that is none."""
    lookalike = b"\x0a\0\x01\0\0\0\x02\0\xff\xff\0\0".ljust(32, b"\0")
    engine.create(parse_definition("things: id uint32 key, name text, data blob"))
    in_front = len(b"\0\0idid\0\0ab\0\0")
    data = bytes(32 - in_front) + lookalike
    engine.insert("things", ["id", "name", "data"], [1, "ab", b64encode(data).decode()])
    pages = json.loads(engine.call("maintenance", "page-map"))["pages"]
    engine.close()
    sound = engine.path.read_bytes()
    damaged = bytearray(sound)
    address = pages.index("record").to_bytes(4, "little") + b"\0\0"
    place = damaged.index(address, pages.index("index") * PAGE_SIZE)
    damaged[place + 4] = 32
    engine.path.write_bytes(damaged)
    engine.open()
    with pytest.raises(Corrupted, match="does not hold exactly the keys of the rows"):
        engine.call("rows", "get", "things", "1", None)
    engine.close()
    engine.path.write_bytes(sound)
