"""Tests of json columns. Documents are parsed and walked one by one: what they hold is known only
then.

`Extract` compares by what it finds at its path, whatever the literal's exact type:

    nothing        only IsNull is true, everything else is false
    null           like a NULL cell: comparisons are unknown, unless the literal is NULL
    another kind   Ne is true, the rest false; kinds are boolean, number, text, array or object

Numbers compare exactly by value (1 = 1.0); arrays and objects are equal or not, and have no order.
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import compress
from typing import Any

from wasidb_guest.encoding.cell_vectors import valid_flags, vector_to_cells
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import masks
from wasidb_guest.query.column_tests import OPERATORS, OUTCOMES
from wasidb_guest.query.comparable import is_numeric
from wasidb_guest.query.expression import JsonExtract, Literal
from wasidb_guest.query.json_path import DOCUMENTS, MISSING, contains, parse_path, value_at
from wasidb_guest.query.masks import FALSE, TRUE, UNKNOWN
from wasidb_guest.query.predicates import Test
from wasidb_guest.vectors import Vector

Judge = Callable[[Any], int]
Fact = tuple[str, Any]


def contains_test(column: str, pattern: str) -> Test:
    """Whether documents contain the one in `pattern`."""
    wanted = _document(pattern, column)
    return _document_test(column, lambda document: contains(document, wanted))


def has_key_test(column: str, path: str) -> Test:
    """Whether documents have something at `path`, be it null."""
    segments = parse_path(path, column)
    return _document_test(column, lambda document: value_at(document, segments) is not MISSING)


def extract_test(condition: JsonExtract) -> Test:
    """What documents have at a path, compared."""
    segments = parse_path(condition.path, condition.column)
    judge = _judge(condition)
    return _document_test(condition.column, lambda document: judge(value_at(document, segments)))


def _document_test(column: str, judge: Judge) -> Test:
    def test(vector: Vector, mask: bytearray) -> None:
        flags = valid_flags(vector)
        texts = compress(vector_to_cells(vector), flags)
        outcomes = bytes(judge(_document(text, column)) for text in texts)
        masks.spread(outcomes, flags, mask)

    return test


def _document(text: str, column: str) -> Any:
    try:
        return DOCUMENTS.decode(text)
    except (ValueError, RecursionError) as problem:
        message = f"column {column!r}: JSON that cannot be read: {problem}"
        raise InvalidQuery(message, column=column) from None


def _judge(condition: JsonExtract) -> Judge:
    """What to say of the value at a path, which may be MISSING or None."""
    facts = [_literal_fact(each, condition) for each in condition.literals]
    match condition.operator:
        case "IsNull":
            return lambda value: value is None or value is MISSING
        case "NotNull":
            return lambda value: value is not None and value is not MISSING
        case "In":
            return _membership(frozenset(facts))
        case operator:
            return _comparison(operator, facts[0])


def _membership(wanted: frozenset[Fact | None]) -> Judge:
    # Nothing is in an empty list, not even what is unknown.
    null_outcome = TRUE if None in wanted else UNKNOWN if wanted else FALSE

    def judge(value: Any) -> int:
        if value is MISSING:
            return FALSE
        if value is None:
            return null_outcome
        return _fact(value) in wanted

    return judge


def _comparison(operator: str, wanted: Fact | None) -> Judge:
    compare = OPERATORS[OUTCOMES[operator]]
    is_equality = operator in ("Eq", "Ne")

    def judge(value: Any) -> int:
        if value is MISSING:
            return FALSE
        if wanted is None:
            return compare(value is None, True) if is_equality else UNKNOWN
        if value is None:
            return UNKNOWN
        kind, comparable = _fact(value)
        if kind != wanted[0] or kind == "json":
            return is_equality and compare((kind, comparable), wanted)
        return compare(comparable, wanted[1])

    return judge


def _fact(value: Any) -> Fact:
    """The kind of a JSON value other than null, and something hashable to compare it by."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | Decimal):
        return "number", value
    if isinstance(value, str):
        return "text", value
    return "json", _frozen(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return None if value is None else _fact(value)


def _literal_fact(literal: Literal, condition: JsonExtract) -> Fact | None:
    """The same for a literal; None for NULL."""
    value, data_type = literal.value, literal.type
    if data_type is not None and data_type.name == "json":
        value = _document(str(value), condition.column)
        return None if value is None else _fact(value)
    if data_type is not None and is_numeric(data_type):
        value = Decimal(value)
    is_plain = data_type is None or is_numeric(data_type) or data_type.name in ("boolean", "text")
    if not is_plain or isinstance(value, list) or (isinstance(value, Decimal) and value.is_nan()):
        message = (
            f"column {condition.column!r}: what is at a JSON path compares with a boolean, "
            f"a number, text or json, not with {data_type or 'a bare array'} {literal}"
        )
        raise InvalidQuery(message, column=condition.column)
    return None if value is None else _fact(value)
