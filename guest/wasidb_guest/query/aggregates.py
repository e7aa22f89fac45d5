"""Aggregate functions over groups of rows, a column at a time.

    function                  of                      gives              of only NULLs
    count                     rows, any column        uint64             0
    count_distinct            any column              uint64             0
    sum, avg                  integers, decimal       decimal, exact     NULL
    median, quantile          integers, decimal       decimal, exact     NULL
    sum, avg, ...             floats                  float64            NULL
    stddev, variance          numbers                 float64            NULL, of one cell too
    min, max, first, last     any column              the column's type  NULL

NULL cells are passed over. First and last are by the order of the rows: as they are stored, or as
the joins give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, take
from wasidb_guest.query.comparable import is_numeric
from wasidb_guest.query.deviations import standard_deviation, variance
from wasidb_guest.query.grouping import Numbering, flags_of, number_rows
from wasidb_guest.query.groups import Groups, result_vector
from wasidb_guest.query.quantiles import MEDIAN, quantile
from wasidb_guest.query.statement import Function
from wasidb_guest.query.sums import average, total
from wasidb_guest.values import DECIMAL, FLOAT64, UINT64, DataType
from wasidb_guest.vectors import Batch, Vector


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


def aggregate(batch: Batch, group_by: Sequence[int], functions: Sequence[BoundAggregate]) -> Batch:
    """One row a group: its values of the `group_by` columns, then the functions' results.

    Groups come by their first rows. Without `group_by` all rows are one group, even if there are
    none."""
    if group_by:
        numbering = number_rows([batch.vectors[position] for position in group_by])
        keys = [take(batch.vectors[position], numbering.first) for position in group_by]
    else:
        numbers = memoryview(bytearray(4 * batch.count)).cast("I")
        numbering, keys = Numbering(numbers, memoryview(bytes(4)).cast("I")), []
    names = [batch.names[position] for position in group_by] + [each.name for each in functions]
    groups = Groups(numbering)
    results = [_result(groups, batch, each) for each in functions]
    return Batch(names, keys + results, groups.count)


def _result(groups: Groups, batch: Batch, aggregate: BoundAggregate) -> Vector:
    if aggregate.position is None:
        return result_vector(UINT64, groups.row_counts(EVERY_ROW).tolist())
    vector = batch.vectors[aggregate.position]
    match aggregate.function:
        case "count":
            return result_vector(UINT64, groups.row_counts(flags_of(vector)).tolist())
        case "count_distinct":
            return result_vector(UINT64, groups.distinct_counts(vector).tolist())
        case "sum":
            return total(groups, vector)
        case "avg":
            return average(groups, vector)
        case "median":
            return quantile(groups, vector, MEDIAN)
        case "quantile":
            assert aggregate.fraction is not None
            return quantile(groups, vector, aggregate.fraction)
        case "stddev":
            return standard_deviation(groups, vector)
        case "variance":
            return variance(groups, vector)
        case "min":
            return take(vector, groups.extreme_rows(vector, is_greatest=False))
        case "max":
            return take(vector, groups.extreme_rows(vector, is_greatest=True))
        case "first":
            return take(vector, groups.end_rows(vector, is_last=False))
        case "last":
            return take(vector, groups.end_rows(vector, is_last=True))
