"""Expressions as values."""

from typing import Any

import pytest

from wasidb_schema import Aggregate, Column, avg, column, count, max_, sum_
from wasidb_schema.cells import CODECS
from wasidb_schema.expressions import And, Comparison, Not, Or

DELAY = Column("flights", "delay", CODECS["int16"])
RATIO = Column("flights", "ratio", CODECS["float32"])


def test_operators_build_trees() -> None:
    tree = ~((DELAY > 1) & (DELAY < 5) | DELAY.is_null())
    assert isinstance(tree, Not)
    assert isinstance(tree.operand, Or)
    assert isinstance(tree.operand.left, And)
    low = tree.operand.left.left
    assert isinstance(low, Comparison)
    assert (low.operator, low.operand, low.value) == ("Gt", low.operand, 1)
    assert low.operand is DELAY


def test_values_on_the_left_are_turned_around() -> None:
    reflected: Any = 30 < DELAY  # noqa: SIM300
    assert (reflected.operator, reflected.value) == ("Gt", 30)


@pytest.mark.parametrize(
    ("aggregate", "label", "type_name"),
    [
        (count(), "count", "uint64"),
        (count(DELAY), "count_delay", "uint64"),
        (sum_(DELAY), "sum_delay", "decimal"),
        (avg(DELAY), "avg_delay", "decimal"),
        (avg(RATIO), "avg_ratio", "float64"),
        (max_(RATIO), "max_ratio", "float32"),
        (max_(RATIO).as_("top"), "top", "float32"),
    ],
)
def test_aggregates(aggregate: Aggregate, label: str, type_name: str) -> None:
    assert (aggregate.label, aggregate.type_name) == (label, type_name)


def test_aggregates_of_the_same_column_are_the_same() -> None:
    assert avg(DELAY).as_("a").measures_same(avg(DELAY))
    assert not avg(DELAY).measures_same(avg(RATIO))
    assert not avg(DELAY).measures_same(sum_(DELAY))


def test_columns_can_be_keys() -> None:
    assert {DELAY: 1}[DELAY] == 1


def test_what_is_no_column_or_condition() -> None:
    with pytest.raises(TypeError, match=r"expected a column .* got 3"):
        column(3)
    with pytest.raises(TypeError, match="expected a column"):
        avg("delay")
    with pytest.raises(TypeError, match=r"expected a condition .* got True"):
        (DELAY > 1) & True


@pytest.mark.parametrize("one", ["UA", b"UA"])
def test_a_text_is_not_several_values(one: Any) -> None:
    with pytest.raises(TypeError, match=r"as in in_\(\[b?'UA'\]\), got b?'UA'"):
        DELAY.in_(one)
