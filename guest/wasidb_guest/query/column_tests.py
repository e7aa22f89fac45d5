"""Tests of one column: comparisons, membership and patterns, made once and run on every batch.

Outcomes are what a comparison gives where the cell is less than, equal to and greater than the
constant (see `masks`)."""

from collections.abc import Callable, Iterable
from itertools import compress, repeat
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks
from wasidb_guest.query.comparable import (
    Constant,
    has_ordinals,
    has_spans,
    keys_of,
    spans_of,
)
from wasidb_guest.query.like import (
    compile_pattern,
    longest_piece,
    mark_containing,
    mark_matching,
    parts_of,
)
from wasidb_guest.query.ordinal_comparison import Outcomes, ordinal_comparison
from wasidb_guest.query.predicates import Test
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector

OUTCOMES: dict[str, Outcomes] = {
    "Eq": (0, 1, 0),
    "Ne": (1, 0, 1),
    "Gt": (0, 0, 1),
    "Ge": (0, 1, 1),
    "Lt": (1, 0, 0),
    "Le": (1, 1, 0),
}
OPERATORS: dict[Outcomes, Callable[[Any, Any], bool]] = {
    OUTCOMES["Eq"]: eq,
    OUTCOMES["Ne"]: ne,
    OUTCOMES["Gt"]: gt,
    OUTCOMES["Ge"]: ge,
    OUTCOMES["Lt"]: lt,
    OUTCOMES["Le"]: le,
}


def comparison(data_type: DataType, operator: str, constant: Constant) -> Test:
    """A column of this type against a constant made for it."""
    less, equal, greater = OUTCOMES[operator]
    if constant.key is None:
        return always(greater)
    if not constant.is_exact:
        equal = less
    if less == equal == greater:
        return always(less)
    outcomes = (less, equal, greater)
    if has_ordinals(data_type):
        return ordinal_comparison(data_type, constant.key, outcomes)
    if has_spans(data_type):
        return _span_comparison(constant.key, outcomes)
    return _key_comparison(constant.key, outcomes)


def membership(constants: Iterable[Constant]) -> Test:
    """Whether a column equals one of the constants."""
    wanted = frozenset(each.key for each in constants if each.is_exact)

    def test(vector: Vector, mask: bytearray) -> None:
        mask[:] = bytes(map(wanted.__contains__, keys_of(vector)))

    return test


def like(pattern: str) -> Test:
    """Whether a text column matches a pattern."""
    tokens = compile_pattern(pattern)
    head, middle, tail = parts_of(tokens)
    piece, behind = longest_piece(tokens)

    def test(vector: Vector, mask: bytearray) -> None:
        text = pointed_to(vector.data)
        if head or tail or not piece:
            mark_matching(*text, vector.offsets, head, middle, tail, mask)
        else:
            mark_containing(*text, vector.offsets, tokens, piece, behind, mask)

    return test


def always(outcome: int) -> Test:
    """The same for every cell."""

    def test(vector: Vector, mask: bytearray) -> None:
        mask[:] = bytes((outcome,)) * len(mask)

    return test


def _span_comparison(key: bytes, outcomes: Outcomes) -> Test:
    def test(vector: Vector, mask: bytearray) -> None:
        masks.compare_spans(*spans_of(vector), key, *outcomes, mask)

    return test


def _key_comparison(key: Any, outcomes: Outcomes) -> Test:
    compare = OPERATORS[outcomes]

    def test(vector: Vector, mask: bytearray) -> None:
        flags = valid_flags(vector)
        known = compress(keys_of(vector), flags)
        masks.spread(bytes(map(compare, known, repeat(key))), flags, mask)

    return test
