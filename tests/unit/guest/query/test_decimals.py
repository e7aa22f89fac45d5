"""Sums and averages of decimals: engine-semantics 4.4."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.errors import LimitExceeded
from wasidb_guest.query.decimals import MANTISSA_END, decimal_text, quotient_text

QUOTIENTS = """
    10/3 = 3.3333333333333333333333333333; 20/3 = 6.6666666666666666666666666667;
    100/3 = 33.333333333333333333333333333; 28/3 = 9.333333333333333333333333333;
    1/7 = 0.1428571428571428571428571429; 2/3 = 0.6666666666666666666666666667;
    1000000/3 = 333333.33333333333333333333333; 11.30/6 = 1.8833333333333333333333333333;
    1.0/3 = 0.3333333333333333333333333333; 10/4 = 2.50; 6/4 = 1.50; 7/2 = 3.50; 100/8 = 12.50;
    1/8 = 0.125; 12/10 = 1.20; 33/4 = 8.25; 3.00/4 = 0.75; 5.00/2 = 2.50; 1.000/2 = 0.500;
    5.50/2 = 2.75; 5.5/2 = 2.750; 10.0/4 = 2.5; 0.10/4 = 0.0250; 6.30/3 = 2.10; 3.00/3 = 1.00;
    0/3 = 0; 0.00/3 = 0; 60/3 = 20; -10/4 = -2.50; -20/3 = -6.6666666666666666666666666667
"""


def parts(text: str) -> tuple[int, int]:
    """Mantissa and scale."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


@pytest.mark.parametrize("line", [each.strip() for each in QUOTIENTS.split(";")])
def test_quotients_have_the_digits_of_the_rust_engine(line: str) -> None:
    dividend, _, rest = line.partition("/")
    count, _, expected = rest.partition(" = ")
    assert quotient_text(*parts(dividend), int(count)) == expected


@pytest.mark.parametrize(
    ("mantissa", "scale", "count", "expected"),
    [
        (700_000_000_000_000_000_000_000_000_005, 1, 2, "35000000000000000000000000000"),
        (-700_000_000_000_000_000_000_000_000_015, 1, 2, "-35000000000000000000000000001"),
        ((MANTISSA_END - 1) * 10**28, 28, 1, "79228162514264337593543950335"),
        (3 * MANTISSA_END - 4, 5, 3, "792281625142643375935439.50335"),
        (2 * MANTISSA_END - 1, 1, 2, "7922816251426433759354395034"),
    ],
)
def test_quotients_give_up_digits_for_which_there_is_no_room(
    mantissa: int, scale: int, count: int, expected: str
) -> None:
    assert quotient_text(mantissa, scale, count) == expected


@given(st.integers(1 - MANTISSA_END, MANTISSA_END - 1), st.integers(0, 28), st.integers(1, 2**40))
def test_quotients_are_the_nearest_decimals(mantissa: int, scale: int, count: int) -> None:
    text = quotient_text(mantissa, scale, count)
    found, digits = parts(text)
    exact = Fraction(mantissa, 10**scale * count)
    assert abs(found) < MANTISSA_END
    assert abs(exact - Fraction(found, 10**digits)) <= Fraction(1, 2 * 10**digits)


@given(st.integers(1 - MANTISSA_END, MANTISSA_END - 1), st.integers(0, 28))
def test_texts_are_what_they_stand_for(mantissa: int, scale: int) -> None:
    text = decimal_text(mantissa, scale)
    assert Fraction(Decimal(text)) == Fraction(mantissa, 10**scale)
    assert parts(text)[1] == scale


def test_a_mantissa_of_more_than_96_bits_is_refused() -> None:
    with pytest.raises(LimitExceeded, match=r"^7922816251426433759354395033\.6 does not fit"):
        decimal_text(MANTISSA_END, 1)
