"""Aggregates of every type, and what they refuse."""

import math
import statistics
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, make_table, numbered
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import InvalidQuery, LimitExceeded
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.statement import Aggregate, Function, Select

FUNCTIONS: tuple[Function, ...] = ("count", "sum", "avg", "min", "max")
U64_MAX = (1 << 64) - 1
I64_MIN = -(1 << 63)


def quantile(column: str, cells: list[Any], fraction: str) -> Any:
    """A quantile of one column without groups."""
    tables = MemorySource(make_table("t", f"id uint32, c {column} null", numbered(cells)))
    call = Aggregate("quantile", "c", "q", Decimal(fraction))
    return vector_to_cells(run_select(Select("t", aggregates=(call,)), tables).vectors[0])[0]


def aggregated(column: str, cells: list[Any], *functions: Function) -> list[Any]:
    """The results of the functions over one column without groups."""
    tables = MemorySource(make_table("t", f"id uint32, c {column} null", numbered(cells)))
    calls = tuple(Aggregate(each, "c", each) for each in functions)
    batch = run_select(Select("t", aggregates=calls), tables)
    return [vector_to_cells(vector)[0] for vector in batch.vectors]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("uint32", [1, 1, 1, 2], [4, "5", "1.25", 1, 2]),
        ("int8", [-128, None, 127], [2, "-1", "-0.50", -128, 127]),
        ("uint64", [U64_MAX, U64_MAX], [2, str(2 * U64_MAX), str(U64_MAX), U64_MAX, U64_MAX]),
        ("int64", [I64_MIN, I64_MIN], [2, str(2 * I64_MIN), str(I64_MIN), I64_MIN, I64_MIN]),
        ("decimal", ["1.10", "2.20", "3"], [3, "6.30", "2.10", "1.10", "3"]),
        ("decimal", ["-1.5", "1.50", None], [2, "0.00", "0", "-1.5", "1.50"]),
        ("decimal", [None, None], [0, None, None, None, None]),
        ("float64", [0.5, None, -2.0], [2, -1.5, -0.75, -2.0, 0.5]),
        ("float32", [0.5, 2.5], [2, 3.0, 1.5, 0.5, 2.5]),
        ("float64", [], [0, None, None, None, None]),
    ],
)  # fmt: skip
def test_numbers(column: str, cells: list[Any], expected: list[Any]) -> None:
    assert aggregated(column, cells, *FUNCTIONS) == expected


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("text", ["b", None, "Ä", "a"], ["a", "Ä"]),
        ("blob", [b"\x01", b"", b"\x01\x00"], [b"", b"\x01\x00"]),
        ("boolean", [True, False], [False, True]),
        ("date", ["2024-02-01", "2023-12-31"], ["2023-12-31", "2024-02-01"]),
        (
            "datetime",
            ["2024-01-01T12:00:00.000000+02:00", "2024-01-01T11:00:00.000000+00:00"],
            ["2024-01-01T12:00:00.000000+02:00", "2024-01-01T11:00:00.000000+00:00"],
        ),
        ("json", ["[]", "null", '"x"'], ["null", "[]"]),
        ("uuid", [None], [None, None]),
    ],
)
def test_extremes_of_any_type(column: str, cells: list[Any], expected: list[Any]) -> None:
    assert aggregated(column, cells, "min", "max") == expected


def test_extremes_of_floats_know_nan_as_the_greatest() -> None:
    least, greatest = aggregated("float64", [float("nan"), 1.0, float("inf")], "min", "max")
    assert least == 1.0
    assert greatest != greatest


def test_a_sum_that_does_not_fit_is_refused() -> None:
    largest = "79228162514264337593543950335"
    with pytest.raises(LimitExceeded, match="does not fit a decimal"):
        aggregated("decimal", [largest, "1"], "sum")
    assert aggregated("decimal", [largest, largest], "avg") == [largest]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("int32", [3, 1, None, 2, 3], [3, 3, 3, "2.50", 11 / 12]),
        ("int8", [None, None], [0, None, None, None, None]),
        ("uint64", [U64_MAX, U64_MAX - 1], [2, U64_MAX, U64_MAX - 1, f"{U64_MAX - 1}.50", 0.5]),
        ("decimal", ["1.0", "1.00", "3"], [2, "1.0", "3", "1.00", 4 / 3]),
        ("float64", [0.5, -0.0, 0.0, None], [2, 0.5, 0.0, 0.0, 1 / 12]),
        ("float32", [0.1, 0.1], [1, 0.1, 0.1, 0.10000000149011612, 0.0]),
    ],
)
def test_distinct_ends_and_middles(column: str, cells: list[Any], expected: list[Any]) -> None:
    functions: tuple[Function, ...] = ("count_distinct", "first", "last", "median", "variance")
    *exact, variance = aggregated(column, cells, *functions)
    assert exact == expected[:4]
    assert variance == pytest.approx(expected[4], abs=1e-15)


def test_first_and_last_of_any_type() -> None:
    assert aggregated("text", [None, "b", "a", None], "first", "last", "count_distinct") == [
        "b", "a", 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [("0", "10"), ("0.25", "15"), ("0.5", "20"), ("0.75", "30"), ("1", "40")],
)
def test_quantiles_are_on_a_line_between_cells(fraction: str, expected: str) -> None:
    assert quantile("int16", [40, None, 10, 20], fraction) == expected


def test_quantiles_of_floats_know_infinity() -> None:
    infinite = [math.inf, math.inf, -math.inf]
    assert quantile("float64", infinite, "0.75") == math.inf
    assert quantile("float64", infinite, "0") == -math.inf
    assert math.isnan(quantile("float64", [1.0, math.nan], "1"))


def test_a_quantile_that_is_no_decimal_is_rounded_once() -> None:
    assert quantile("decimal", ["0", "0.0000000000000000000000000003"], "0.5") == (
        "0.0000000000000000000000000002"
    )


@given(st.lists(st.none() | st.integers(I64_MIN, -I64_MIN - 1), max_size=9), st.integers(0, 20))
def test_quantiles_are_exact(cells: list[int | None], twentieths: int) -> None:
    found = quantile("int64", cells, str(Decimal(twentieths) / 20))
    ordered = sorted(cell for cell in cells if cell is not None)
    if not ordered:
        assert found is None
        return
    steps, part = divmod(Fraction(twentieths, 20) * (len(ordered) - 1), 1)
    low, high = ordered[int(steps)], ordered[min(int(steps) + 1, len(ordered) - 1)]
    assert Fraction(found) == low + (high - low) * part


@pytest.mark.parametrize("column", ["int64", "uint64", "decimal", "float64"])
@given(data=st.data())
def test_deviations_are_those_of_exact_arithmetic(column: str, data: st.DataObject) -> None:
    center = {"int64": I64_MIN, "uint64": U64_MAX - 9, "decimal": 10**27, "float64": 0}[column]
    numbers = [center + each for each in data.draw(st.lists(st.integers(0, 9), max_size=8))]
    cells = {"decimal": list(map(str, numbers)), "float64": list(map(float, numbers))}
    variance, deviation = aggregated(column, cells.get(column, numbers), "variance", "stddev")
    if len(numbers) < 2:
        assert (variance, deviation) == (None, None)
    else:
        exact = float(statistics.variance(map(Fraction, numbers)))
        assert variance == pytest.approx(exact, rel=1e-13)
        assert deviation == pytest.approx(math.sqrt(exact), rel=1e-13)


def test_deviations_of_what_is_not_finite_are_nan() -> None:
    found = aggregated("float64", [math.inf, 1.0], "variance", "stddev")
    assert all(map(math.isnan, found))


def test_every_group_has_its_own_middle_and_deviation() -> None:
    rows = [[1, "a", 1], [2, "b", 1 << 62], [3, "a", 4], [4, "b", (1 << 62) + 2], [5, None, None]]
    tables = MemorySource(make_table("t", "id uint32, g text null, n int64 null", rows))
    functions: tuple[Function, ...] = ("median", "variance", "count_distinct", "first", "last")
    calls = tuple(Aggregate(each, "n", each) for each in functions)
    batch = run_select(Select("t", group_by=("g",), aggregates=calls), tables)
    assert list(zip(*map(vector_to_cells, batch.vectors), strict=True)) == [
        ("a", "2.50", 4.5, 2, 1, 4),
        ("b", str((1 << 62) + 1), 2.0, 2, 1 << 62, (1 << 62) + 2),
        (None, None, None, 0, None, None),
    ]


@pytest.mark.parametrize("function", ["sum", "avg", "median", "stddev", "variance"])
def test_only_numbers_have_sums(function: Function) -> None:
    with pytest.raises(InvalidQuery, match="aggregate requires numeric column: 'c'"):
        aggregated("text", [], function)


group_cells = {
    "int8": st.integers(-1, 1),
    "uint64": st.sampled_from([0, 2**63]),
    "float64": st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
    "decimal": st.sampled_from(["1", "1.0", "2"]),
    "text": st.sampled_from(["", "a", "ab"]),
    "json": st.sampled_from(["1", "[1, 2]", "null"]),
}
group_keys = {"nan": "nan", -0.0: 0.0, "1.0": "1"}


@given(st.data())
def test_groups_are_those_of_a_dict(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(group_cells)), min_size=1, max_size=3))
    rows = data.draw(
        st.lists(st.tuples(*(st.none() | group_cells[each] for each in chosen)), max_size=12)
    )
    names = [f"c{number}" for number in range(len(chosen))]
    columns = ", ".join(f"{name} {each} null" for name, each in zip(names, chosen, strict=True))
    listed = [[number, *row] for number, row in enumerate(rows, 1)]
    tables = MemorySource(make_table("t", f"id uint32, {columns}", listed))
    statement = Select("t", group_by=tuple(names), aggregates=(Aggregate("sum", "id", "s"),))
    expected: dict[Any, int] = {}
    for number, *row in listed:
        key = tuple("nan" if cell != cell else group_keys.get(cell, cell) for cell in row)
        expected[key] = expected.get(key, 0) + number
    sums = vector_to_cells(run_select(statement, tables).vectors[-1])
    assert sums == [str(total) for total in expected.values()]
