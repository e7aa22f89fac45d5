"""Guesses at how many entries and keys a tree has: exact where they are few, near it elsewhere."""

import random
from array import array
from collections import Counter
from collections.abc import Sequence

import pytest

from wasidb_guest.definitions import ColumnDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.indexes.btree import create_tree
from wasidb_guest.indexes.run import build_run
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.index import Index
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Vector
from wasidb_memory import HeapLog, HeapMemory

RESERVED_PAGES = 4
ROWS = 9_000
"""Several leaves."""


def index_of(*columns: Sequence[int | None], unique: bool = False) -> Index:
    """An index over columns of numbers; row n is at address n."""
    memory = HeapMemory()
    memory.grow(RESERVED_PAGES)
    tree = create_tree(WriteSet(PageCache(memory, RedoLog(HeapLog(), ""))))
    addresses = memoryview(array("Q", range(len(columns[0]))))
    tree.insert(build_run([vector_of(cells) for cells in columns], addresses))
    definitions = [ColumnDefinition(f"c{number}", UINT32) for number in range(len(columns))]
    return Index(definitions, tree, unique=unique)


def vector_of(cells: Sequence[int | None]) -> Vector:
    return vector_from_cells(UINT32, cells, table="t", column="c", nullable=True)


def between(index: Index, low: int, high: int) -> int:
    return index.estimate((low,), (high,), low_inclusive=True, high_inclusive=True)


def entries(index: Index) -> int:
    return index.estimate((), (), low_inclusive=True, high_inclusive=True)


@pytest.fixture(scope="module")
def numbers() -> Index:
    return index_of(random.Random(1).sample(range(ROWS), ROWS), unique=True)


def test_a_few_rows_are_counted(numbers: Index) -> None:
    assert [between(numbers, at, at + 99) for at in range(0, ROWS, 500)] == [100] * 18
    assert between(numbers, 7, 7) == 1
    assert between(numbers, ROWS, 2 * ROWS) == 0
    assert between(numbers, 9, 5) == 0


def test_many_rows_are_guessed(numbers: Index) -> None:
    assert entries(numbers) == pytest.approx(ROWS, rel=0.3)
    assert between(numbers, 1000, 7999) == pytest.approx(7000, rel=0.3)
    assert numbers.estimate_distinct(1) == entries(numbers)


def test_a_tree_without_entries_has_none() -> None:
    index = index_of([])
    assert (entries(index), index.estimate_distinct(1)) == (0, 0)


@pytest.mark.parametrize("distinct", [1, 10, 300, 3000])
def test_different_keys_are_guessed(distinct: int) -> None:
    chance = random.Random(distinct)
    index = index_of([chance.randrange(distinct) for _ in range(ROWS)])
    assert index.estimate_distinct(1) == pytest.approx(distinct, rel=0.6)


def test_keys_are_those_of_the_first_columns() -> None:
    index = index_of([n % 7 for n in range(700)], [n % 70 for n in range(700)])
    assert index.estimate_distinct(1) == 7
    assert index.estimate_distinct(2) == 70


def test_null_is_one_of_the_keys() -> None:
    assert index_of([None] * 50 + [3] * 50).estimate_distinct(1) == 2


@pytest.mark.parametrize("unique", [False, True])
def test_rows_are_found_by_many_keys(unique: bool) -> None:
    cells = [n if unique else n % 1000 for n in range(ROWS)]
    wanted = [998, 3, 5000, ROWS + 1]
    found = index_of(cells, unique=unique).matching([vector_of(wanted)])
    assert Counter(cells[row] for row in found) == Counter(cell for cell in cells if cell in wanted)


def test_rows_are_found_by_the_first_columns() -> None:
    index = index_of([1, 1, 2, 2], [5, 6, 5, 6])
    assert sorted(index.matching([vector_of([2, 3])])) == [2, 3]
    assert sorted(index.matching([vector_of([1, 2]), vector_of([6, 6])])) == [1, 3]
