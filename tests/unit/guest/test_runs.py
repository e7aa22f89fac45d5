"""The entries of a run are those that look-ups ask for, and stand in the order of their keys."""

import random
from array import array
from collections.abc import Sequence
from typing import Any

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.copying import copy_bytes, move_up
from wasidb_guest.encoding.tagged import key_column
from wasidb_guest.indexes.run import RANKED_MIN, Run, build_run
from wasidb_guest.values import BOOLEAN, INT8, INT32, INT64, TEXT, UINT16, UINT64, DataType, custom
from wasidb_guest.vectors import Vector

FEW, MANY = 20, RANKED_MIN + 200
EDGES = {
    INT8: [-128, -1, 0, 1, 127],
    INT32: [-(1 << 31), -256, -1, 0, 255, 256, (1 << 31) - 1],
    INT64: [-(1 << 63), -(1 << 32), -1, 0, 1 << 32, (1 << 63) - 1],
    UINT16: [0, 1, 255, 256, 65_535],
    UINT64: [0, 1, 255, 1 << 32, 1 << 63, (1 << 64) - 1],
}
ROLE = custom("role", 2)


def vector(data_type: DataType, cells: Sequence[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="t", column="c", nullable=True)


def addresses_of(numbers: Sequence[int]) -> memoryview:
    return memoryview(array("Q", numbers))


def entries_of(run: Run) -> list[bytes]:
    return [bytes(run.entry(position)) for position in range(run.count)]


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("data_type", EDGES, ids=str)
def test_integers_stand_in_the_order_of_their_values(data_type: DataType, count: int) -> None:
    cells = random.Random(5).choices(EDGES[data_type], k=count)
    run = build_run([vector(data_type, cells)])
    run.sort()
    assert [cells[run.number(position)] for position in range(count)] == sorted(cells)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_keys_of_several_columns_that_begin_with_integers_are_in_order(count: int) -> None:
    dice = random.Random(6)
    numbers, words = dice.choices(EDGES[INT32], k=count), dice.choices("abcdef", k=count)
    run = build_run([vector(INT32, numbers), vector(TEXT, words)])
    run.sort()
    rows = [run.number(position) for position in range(count)]
    assert [(numbers[row], words[row]) for row in rows] == sorted(zip(numbers, words, strict=True))


@pytest.mark.parametrize(
    "columns",
    [
        [(UINT16, [1, 65_535])],
        [(INT64, [-1, 7]), (BOOLEAN, [True, False])],
        [(ROLE, [b"ab", b"cd"]), (INT8, [-3, 3])],
        [(TEXT, ["", "text"]), (INT8, [-3, 3])],
        [(INT8, [None, 3]), (UINT16, [4, None])],
    ],
    ids=["integer", "fixed", "custom", "text", "nulls"],
)
def test_entries_have_the_keys_that_look_ups_ask_for(
    columns: list[tuple[DataType, list[Any]]],
) -> None:
    run = build_run(
        [vector(data_type, cells) for data_type, cells in columns], addresses_of([5 << 16, 7])
    )
    for row, address in enumerate((b"\5\0\0\0\0\0", b"\0\0\0\0\7\0")):
        key = len(columns).to_bytes(4, "little")
        key += b"".join(key_column(data_type)(cells[row]) for data_type, cells in columns)
        expected = len(key).to_bytes(2, "little") + key + address
        assert bytes(run.entries[run.start(row) : run.start(row + 1)]) == expected


@pytest.mark.parametrize("is_shuffled", [False, True], ids=["ascending", "shuffled"])
@pytest.mark.parametrize("count", [FEW, MANY])
def test_arranged_entries_are_the_sorted_ones(count: int, is_shuffled: bool) -> None:
    dice = random.Random(7)
    cells = dice.choices(range(30), k=count)
    addresses = list(range(1, count + 1))
    if is_shuffled:
        dice.shuffle(addresses)
    run = build_run([vector(UINT16, cells)], addresses_of(addresses))
    run.arrange()
    order = sorted(zip(cells, addresses, strict=True))
    again = build_run(
        [vector(UINT16, [cell for cell, _ in order])], addresses_of([at for _, at in order])
    )
    assert entries_of(run) == entries_of(again)


def test_a_run_whose_records_have_moved_is_sorted_anew() -> None:
    cells, addresses = [1, 2] * MANY, list(range(2 * MANY))
    run = build_run([vector(UINT16, cells)], addresses_of(addresses[::-1]))
    run.sort()
    run.set_addresses(addresses_of(addresses))
    run.arrange()
    again = build_run([vector(UINT16, sorted(cells))])
    again.set_addresses(addresses_of([*addresses[::2], *addresses[1::2]]))
    assert entries_of(run) == entries_of(again)


@pytest.mark.parametrize("size", [*range(18), 24, 31, 100])
def test_bytes_are_copied_and_no_others(size: int) -> None:
    source = bytes(range(1, 121))
    out = bytearray(120)
    copy_bytes(source, 9, size, out, 5)
    assert out == bytes(5) + source[9 : 9 + size] + bytes(115 - size)


@pytest.mark.parametrize("by", [8, 9, 40])
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 24, 60])
def test_bytes_move_up_over_themselves(size: int, by: int) -> None:
    out = bytearray(range(1, 121))
    expected = bytes(out[: 5 + by] + out[5 : 5 + size] + out[5 + by + size :])
    move_up(out, 5, size, 5 + by)
    assert out == expected
