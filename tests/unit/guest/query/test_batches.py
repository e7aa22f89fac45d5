"""Batches that are joined, cut and measured keep their rows and the order of these."""

from itertools import chain

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.query.batches import (
    at_least_one,
    fitting,
    gathered,
    in_parts,
    merged,
    size_of,
)
from wasidb_guest.query.grouping import NUMBERED_ROW_SIZE
from wasidb_guest.query.spool import Spool
from wasidb_guest.values import INT64, TEXT
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapScratch

ROW_SIZE = 8


def batch(*cells: int) -> Batch:
    vector = vector_from_cells(INT64, list(cells), table="", column="", nullable=True)
    return Batch(("c",), [vector], len(cells))


def cells(batch: Batch) -> list[int]:
    return vector_to_cells(batch.vectors[0])


def test_size_is_that_of_all_buffers() -> None:
    texts = vector_from_cells(TEXT, ["ab", None, "c"], table="", column="", nullable=True)
    assert size_of(Batch(("c",), [texts], 3)) == 3 + 4 * 4 + 1
    assert size_of(batch(1, 2)) == 2 * ROW_SIZE


def test_empty_batches_are_left_out_unless_there_are_no_others() -> None:
    assert list(map(cells, at_least_one([batch(), batch(1), batch()]))) == [[1]]
    assert list(map(cells, at_least_one([batch(), batch()]))) == [[]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([[1], [2, 3], [4]], [[1, 2, 3], [4]]),
        ([[1, 2, 3], [4, 5]], [[1, 2, 3], [4, 5]]),
        ([[]], [[]]),
    ],
)
def test_small_batches_are_merged(given: list[list[int]], expected: list[list[int]]) -> None:
    batches = [batch(*each) for each in given]
    assert list(map(cells, merged(batches, 2))) == expected


def test_batches_that_are_too_large_are_cut_to_rows_at_worst() -> None:
    assert list(map(cells, fitting([batch(1, 2, 3)], 2 * ROW_SIZE, 0))) == [[1, 2], [3]]
    assert list(map(cells, fitting([batch(1, 2)], 1, 0))) == [[1], [2]]


def test_parts_are_as_large_as_may_be() -> None:
    batches = [batch(1), batch(2, 3), batch(4), batch(5, 6, 7)]
    parts = list(map(cells, in_parts(batches, 3 * ROW_SIZE, 0)))
    assert parts == [[1, 2, 3], [4], [5, 6, 7]]


def test_rows_are_gathered_until_there_are_enough_or_they_take_too_much() -> None:
    batches = [batch(1), batch(2), batch(3), batch(4)]
    enough = list(map(cells, gathered(batches, (2).__le__, 1 << 20)))
    assert enough == [[1, 2], [3, 4]]
    numbered_row = ROW_SIZE + NUMBERED_ROW_SIZE
    too_much = list(map(cells, gathered(batches, (9).__le__, 3 * numbered_row - 1)))
    assert too_much == [[1, 2, 3], [4]]


@pytest.mark.parametrize("memory", [0, 40, 1_000])
def test_spool_gives_its_rows_back_as_often_as_wanted(memory: int) -> None:
    texts = vector_from_cells(TEXT, ["ab", None, "c"], table="", column="", nullable=True)
    spool = Spool(HeapScratch, memory)
    for _ in range(3):
        spool.add(Batch(("t", "i"), [texts, batch(7, 8, 9).vectors[0]], 3))
    for _ in range(2):
        found = list(spool)
        assert [vector_to_cells(each.vectors[0]) for each in found] == 3 * [["ab", None, "c"]]
        numbers = chain.from_iterable(vector_to_cells(each.vectors[1]) for each in found)
        assert list(numbers) == 3 * [7, 8, 9]
    assert spool.count == 9
