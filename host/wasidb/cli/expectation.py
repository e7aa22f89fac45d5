"""What the demonstration promises about its results, checked while it runs."""

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real

TOLERANCE = 1e-6
"""Means are compared to this; the engine gives them with 28 digits."""


class UnexpectedResult(Exception):
    """The database answered something else than the data say."""


def expect(what: str, got: object, wanted: object) -> None:
    """Raises UnexpectedResult when `got` is not `wanted`."""
    if not is_same(got, wanted):
        raise UnexpectedResult(f"{what}: expected {wanted!r}, got {got!r}")


def is_same(got: object, wanted: object) -> bool:
    """Equality, of fractions up to `TOLERANCE`, of sequences item by item."""
    if isinstance(wanted, float) and isinstance(got, Real | Decimal):
        return abs(float(got) - wanted) <= TOLERANCE
    if isinstance(wanted, Sequence) and not isinstance(wanted, str) and isinstance(got, Sequence):
        return len(got) == len(wanted) and all(map(is_same, got, wanted))
    return got == wanted
