"""Runs sorted by rank first are in the same order as by comparing keys alone."""

import random
from array import array
from itertools import pairwise
from typing import Any

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.keys import compare_entries
from wasidb_guest.indexes.run import RANKED_MIN, Run, build_run
from wasidb_guest.values import BLOB, INT8, INT64, TEXT, UINT16, UINT64, DataType

COUNT = RANKED_MIN + 300
EDGES = {
    "int64": [-(1 << 63), -1, 0, 1, (1 << 63) - 1],
    "uint64": [0, 1, 255, 256, (1 << 64) - 1],
    "text": ["", "a", "a\0", "same first eight 1", "same first eight 0", "é"],
    "blob": [b"", b"\0", b"\xff" * 9, b"\xff" * 8],
}
TYPES: dict[DataType, list[Any]] = {
    INT8: list(range(-128, 128)),
    INT64: [*EDGES["int64"], *range(-500, 500, 7)],
    UINT16: list(range(0, 65_536, 257)),
    UINT64: [*EDGES["uint64"], *range(10**12, 10**12 + 90)],
    TEXT: [*EDGES["text"], *(f"text {number}" for number in range(90))],
    BLOB: [*EDGES["blob"], *(bytes((number, 3)) for number in range(90))],
}


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("data_type", TYPES, ids=str)
def test_a_run_is_in_order_of_keys_and_addresses(data_type: DataType, nulls: bool) -> None:
    dice = random.Random(3)
    values = [*TYPES[data_type], None] if nulls else TYPES[data_type]
    cells = dice.choices(values, k=COUNT)
    addresses = dice.sample(range(1 << 20), COUNT)
    vector = vector_from_cells(data_type, cells, table="t", column="c", nullable=True)
    run = build_run(
        [vector], memoryview(b"".join(each.to_bytes(8, "little") for each in addresses)).cast("Q")
    )
    run.sort()
    assert is_in_order(run)


@pytest.mark.parametrize("step", [3, -3], ids=["ascending", "descending"])
def test_a_run_that_was_sorted_without_addresses_is_in_order_with_them(step: int) -> None:
    cells = random.Random(4).choices(range(30), k=COUNT)
    vector = vector_from_cells(UINT16, cells, table="t", column="c", nullable=False)
    run = build_run([vector])
    run.sort()
    run.set_addresses(memoryview(array("Q", ((1 << 20) + step * n for n in range(COUNT)))))
    run.sort()
    assert is_in_order(run)


def is_in_order(run: Run) -> bool:
    order = [run.number(position) for position in range(run.count)]
    neighbours = pairwise(map(run.start, order))
    ascends = all(compare_entries(run.keys, a, run.keys, b) < 0 for a, b in neighbours)
    return ascends and sorted(order) == list(range(run.count))
