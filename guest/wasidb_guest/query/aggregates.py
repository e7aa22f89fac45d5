"""Aggregate functions over groups of rows.

    function                  of                      gives              of only NULLs
    count                     rows, any column        uint64             0
    count_distinct            any column              uint64             0
    sum, avg                  integers, decimal       decimal, exact     NULL
    median, quantile          integers, decimal       decimal, exact     NULL
    sum, avg, ...             floats                  float64            NULL
    stddev, variance          numbers                 float64            NULL, of one cell too
    min, max, first, last     any column              the column's type  NULL

NULL cells are passed over. First and last are by the order of the rows: as they are stored, or as
the joins give them.

Rows come by in batches, and for each group there is a state that takes them in. When memory is full
no more groups are begun: rows of others are put aside in their order, and go through next, as in
`distinct`. So a group's rows are all in one pass, and floats are added in the same order as
ever."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wasidb_guest.query.batches import gathered
from wasidb_guest.query.collected import DistinctCounts
from wasidb_guest.query.comparable import is_numeric
from wasidb_guest.query.deviations import StandardDeviation, Variance
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.groups import Chosen, Counts, Groups, RowCounts, State
from wasidb_guest.query.key_numbers import rows_by_number
from wasidb_guest.query.met_keys import MetKeys
from wasidb_guest.query.picked import numbers_at
from wasidb_guest.query.quantiles import MEDIAN, Quantile
from wasidb_guest.query.spool import Spool
from wasidb_guest.query.statement import Function
from wasidb_guest.query.sums import Average, Total
from wasidb_guest.query.value_numbers import no_numbers
from wasidb_guest.values import DECIMAL, FLOAT64, UINT64, DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector

NO_COLUMN = Vector(UINT64, 0, b"")
"""What a function of rows is given."""


@dataclass(frozen=True, slots=True)
class BoundAggregate:
    """A function of the column at `position`, or of rows if that is None."""

    function: Function
    position: int | None
    name: str
    fraction: Decimal | None = None


def result_type(function: Function, data_type: DataType | None) -> DataType | None:
    """The type of the result; None if the function does not go with the column's type."""
    if function in ("count", "count_distinct") or data_type is None:
        return UINT64
    if function in ("min", "max", "first", "last"):
        return data_type
    if not is_numeric(data_type):
        return None
    is_float = data_type.is_float or function in ("stddev", "variance")
    return FLOAT64 if is_float else DECIMAL


def aggregate(
    batches: Iterable[Batch],
    group_by: Sequence[int],
    functions: Sequence[BoundAggregate],
    run: Execution,
) -> Iterator[Batch]:
    """One row a group: its values of the `group_by` columns, then the functions' results.

    Groups come by their first rows. Without `group_by` all rows are one group, even if there are
    none."""
    aside = run.spool(run.share // 4)
    yield _one_pass(batches, group_by, functions, aside, run)
    while aside.count:
        spool, aside = aside, run.spool(run.share // 4)
        yield _one_pass(spool, group_by, functions, aside, run)
        spool.close()


def _one_pass(
    batches: Iterable[Batch],
    group_by: Sequence[int],
    functions: Sequence[BoundAggregate],
    aside: Spool,
    run: Execution,
) -> Batch:
    """The groups for which there is memory; the rows of others are put aside."""
    grouping = Grouping(group_by, functions, run)
    for batch in run.checked(gathered(batches, grouping.keys.is_enough, run.share // 4)):
        rest = grouping.fold(batch)
        if rest is not None:
            aside.add(rest)
    return grouping.result()


class Grouping:
    """Groups and what is remembered of them."""

    def __init__(
        self, group_by: Sequence[int], functions: Sequence[BoundAggregate], run: Execution
    ) -> None:
        self.keys = MetKeys()
        self._group_by = group_by
        self._functions = functions
        self._run = run
        self._states: list[State] = []
        self._names: list[str] = []

    def fold(self, batch: Batch) -> Batch | None:
        """Take in rows; gives those of new groups for which there is no memory."""
        if not self._names:
            self._begin(batch)
        if not self._group_by:
            self._take_in(batch, Groups(no_numbers(batch.count), 1))
            return None
        columns = [batch.vectors[position] for position in self._group_by]
        if not self._is_full:
            met = self.keys.meet(columns)
            self.keys.add(columns, met.new_rows)
            self._take_in(batch, Groups(met.numbers, self.keys.count))
            return None
        found = self.keys.find(columns)
        known, unknown = (rows_by_number(found, has_number=each) for each in (True, False))
        numbers = numbers_at(found, known, NO_ROW)
        self._take_in(take_rows(batch, known), Groups(numbers, self.keys.count))
        return take_rows(batch, unknown)

    def _begin(self, batch: Batch) -> None:
        """Columns are known from here on."""
        self._names = [batch.names[position] for position in self._group_by]
        for each in self._functions:
            self._names.append(each.name)
            data_type = None if each.position is None else batch.vectors[each.position].type
            self._states.append(_state_for(each, data_type, self._run))

    def _take_in(self, batch: Batch, groups: Groups) -> None:
        for each, state in zip(self._functions, self._states, strict=True):
            vector = NO_COLUMN if each.position is None else batch.vectors[each.position]
            state.fold(groups, vector)

    @property
    def _is_full(self) -> bool:
        if self.keys.is_closed or not self.keys.count:
            return self.keys.is_closed
        size = self.keys.size + sum(state.size for state in self._states)
        return size > self._run.share // 2

    def result(self) -> Batch:
        """A row for each group."""
        count = self.keys.count if self._group_by else 1
        results = [state.result() for state in self._states]
        return Batch(self._names, [*self.keys.columns, *results], count)


def _state_for(aggregate: BoundAggregate, data_type: DataType | None, run: Execution) -> State:
    """What to remember for a function of a column of this type, or of rows."""
    if data_type is None:
        return RowCounts()
    match aggregate.function:
        case "count":
            return Counts()
        case "count_distinct":
            return DistinctCounts(run)
        case "sum":
            return Total(data_type)
        case "avg":
            return Average(data_type)
        case "median":
            return Quantile(MEDIAN, run)
        case "quantile":
            assert aggregate.fraction is not None
            return Quantile(aggregate.fraction, run)
        case "stddev":
            return StandardDeviation(data_type, run)
        case "variance":
            return Variance(data_type, run)
        case "min" | "max" | "first" | "last":
            return Chosen(data_type, aggregate.function)
