"""Statements with hardly any memory: rows go to scratch, and the answer stays the same."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import get_args

import pytest

from tests.unit.guest.query.memory_source import MemorySource, make_table
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import LimitExceeded, MemoryFailed
from wasidb_guest.query.executor import run_select, stream_select
from wasidb_guest.query.statement import Aggregate, Function, Join, JoinKind, OrderKey, Select
from wasidb_guest.transactions.options import StatementLimits
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapScratch, StorageFailed

ROWS = 150
LITTLE = StatementLimits(memory=2_000)
HARDLY_ANY = StatementLimits(memory=200)
NONE = StatementLimits(memory=1)
FUNCTIONS = [each for each in get_args(Function) if each != "quantile"]


class WatchedSource(MemorySource):
    """Tables whose scratch can be counted, and be refused after so many bytes."""

    room: int | None = None

    def __init__(self) -> None:
        chance = random.Random(7)
        names = [None, *"abcdefghij", "a longer name"]
        rows = [
            [number, chance.choice(names), chance.randrange(40), chance.choice([None, "0.5", "7"])]
            for number in range(ROWS)
        ]
        columns = "id uint32, name text null, age int16, cost decimal null"
        super().__init__(make_table("t", columns, rows), make_table("u", columns, rows[::-3]))
        self.opened: list[WatchedScratch] = []
        self.open_scratch = self._open_scratch  # type: ignore[assignment]

    def _open_scratch(self) -> "WatchedScratch":
        self.opened.append(WatchedScratch(self.room))
        return self.opened[-1]


class WatchedScratch(HeapScratch):
    def __init__(self, room: int | None) -> None:
        super().__init__()
        self.is_open = True
        self._room = room

    def append(self, data: bytes | bytearray | memoryview) -> int:
        if self._room is not None and self._room < len(data):
            raise StorageFailed("cannot write: No space left on device")
        return super().append(data)

    def close(self) -> None:
        self.is_open = False
        super().close()


@pytest.fixture
def source() -> Iterator[WatchedSource]:
    source = WatchedSource()
    yield source
    assert not any(scratch.is_open for scratch in source.opened)


def cells(batch: Batch) -> list[list[object]]:
    return [vector_to_cells(vector) for vector in batch.vectors]


def check(source: WatchedSource, statement: Select, limits: StatementLimits = HARDLY_ANY) -> None:
    """The answer is the same with rows put aside as without."""
    expected = cells(run_select(statement, source))
    assert source.opened == []
    assert cells(run_select(replace(statement, limits=limits), source)) == expected
    assert source.opened


@pytest.mark.parametrize("limits", [HARDLY_ANY, NONE])
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("nulls_first", [False, True])
def test_equal_rows_stay_in_order(
    source: WatchedSource, limits: StatementLimits, is_descending: bool, nulls_first: bool
) -> None:
    keys = (OrderKey("name", is_descending, nulls_first), OrderKey("cost"))
    check(source, Select("t", order_by=keys), limits)


def test_first_rows_that_are_too_many_for_memory(source: WatchedSource) -> None:
    join = Join("Left", "u", ("t.name",), ("u.name",))
    keys = (OrderKey("u.cost"), OrderKey("t.age", True))
    check(source, Select("t", joins=(join,), order_by=keys, limit=30, offset=20), LITTLE)


def test_distinct_rows_come_by_first_appearance(source: WatchedSource) -> None:
    check(source, Select("t", columns=("name", "cost"), is_distinct=True))


@pytest.mark.parametrize("group_by", [(), ("name",), ("name", "cost")])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_groups(
    source: WatchedSource, group_by: tuple[str, ...], function: Function
) -> None:
    calls = tuple(Aggregate(function, each, each + "_") for each in ("age", "cost"))
    collects = function in ("count_distinct", "median", "stddev", "variance")
    statement = Select("t", group_by=group_by, aggregates=calls)
    if group_by or collects:
        check(source, statement)
    else:
        assert cells(run_select(replace(statement, limits=NONE), source))
        assert source.opened == []


@pytest.mark.parametrize("kind", get_args(JoinKind))
def test_partners_are_found_in_parts(source: WatchedSource, kind: JoinKind) -> None:
    joins = (Join(kind, "u", ("name", "age"), ("name", "age")),)
    check(source, Select("t", joins=joins))


def test_all_steps_at_once(source: WatchedSource) -> None:
    statement = Select(
        "t",
        joins=(Join("Left", "u", ("t.name",), ("u.name",)),),
        group_by=("t.id",),
        aggregates=(Aggregate("sum", "u.age", "sum"), Aggregate("max", "u.cost", "max")),
        order_by=(OrderKey("sum", True), OrderKey("t.id")),
    )
    check(source, statement, LITTLE)


def test_scratch_that_is_full_ends_the_statement(source: WatchedSource) -> None:
    source.room = 20
    statement = Select("t", order_by=(OrderKey("name"),), limits=HARDLY_ANY)
    with pytest.raises(MemoryFailed, match=r"cannot put rows aside: .* No space left"):
        run_select(statement, source)
    assert source.opened


def test_scratch_is_dropped_when_nobody_wants_more(source: WatchedSource) -> None:
    statement = Select("t", order_by=(OrderKey("name"),), limits=HARDLY_ANY)
    batches = stream_select(statement, source)
    assert sum(batch.count for batch in islice(batches, 3)) < ROWS
    assert source.opened[0].is_open
    batches.close()  # type: ignore[attr-defined]


def test_a_limit_of_rows_ends_the_statement_early(source: WatchedSource) -> None:
    limits = StatementLimits(rows=10, memory=400)
    with pytest.raises(LimitExceeded, match="more than 10 rows"):
        run_select(Select("t", order_by=(OrderKey("name"),), limits=limits), source)
