"""Filters from JSON.

    {"And": [{"Gt": ["age", {"Int32": 18}]}, {"Like": ["name", "A%"]}]}

    FILTER    {"Eq"|"Ne"|"Gt"|"Lt"|"Ge"|"Le": [column, LITERAL]}   {"In": [column, [LITERAL, ...]]}
              {"Like": [column, pattern]}   {"IsNull": column}   {"NotNull": column}
              {"And": [FILTER, FILTER]}   {"Or": [FILTER, FILTER]}   {"Not": FILTER}
              {"Json": [column, {"Contains": json text}]}   {"Json": [column, {"HasKey": path}]}
              {"Json": [column, {"Extract": [path, CMP]}]}
    CMP       {"Eq"|"Ne"|"Gt"|"Lt"|"Ge"|"Le": LITERAL}   {"In": [LITERAL, ...]}
              "IsNull"   "NotNull"

`literals` has the LITERALs. Whether columns exist and literals fit them is found out when the
filter meets a table."""

from collections.abc import Callable

from wasidb_guest.query.expression import (
    SYMBOLS,
    And,
    Comparison,
    Filter,
    JsonContains,
    JsonExtract,
    JsonHasKey,
    Like,
    Literal,
    Membership,
    Not,
    NullTest,
    Or,
)
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.literals import literal_from_json

NESTING_MAX = 100

Reader = Callable[[JsonInput, int], Filter]


def parse_filter(text: str, document: str = "filter") -> Filter:
    """The filter a JSON text says; InvalidQuery names the place of what is wrong with it."""
    return filter_from_json(JsonInput.load(text, document))


def filter_from_json(source: JsonInput, depth: int = 1) -> Filter:
    """The filter at this place of a JSON document, `depth` filters deep."""
    if depth > NESTING_MAX:
        raise source.refused(f"filters nested at most {NESTING_MAX} deep")
    read, value = source.variant(FILTERS, "a filter")
    return read(value, depth)


def _comparison(operator: str) -> Reader:
    def read(source: JsonInput, depth: int) -> Filter:
        column, literal = source.items(2)
        return Comparison(operator, column.text(), literal_from_json(literal))

    return read


def _membership(source: JsonInput, depth: int) -> Filter:
    column, literals = source.items(2)
    return Membership(column.text(), _literals(literals))


def _like(source: JsonInput, depth: int) -> Filter:
    column, pattern = source.items(2)
    return Like(column.text(), pattern.text())


def _null_test(is_null: bool) -> Reader:
    return lambda source, depth: NullTest(source.text(), is_null)


def _and(source: JsonInput, depth: int) -> Filter:
    left, right = source.items(2)
    return And(filter_from_json(left, depth + 1), filter_from_json(right, depth + 1))


def _or(source: JsonInput, depth: int) -> Filter:
    left, right = source.items(2)
    return Or(filter_from_json(left, depth + 1), filter_from_json(right, depth + 1))


def _not(source: JsonInput, depth: int) -> Filter:
    return Not(filter_from_json(source, depth + 1))


def _json(source: JsonInput, depth: int) -> Filter:
    column, condition = source.items(2)
    read, value = condition.variant(JSON_CONDITIONS, "a condition on JSON")
    return read(column.text(), value)


def _contains(column: str, source: JsonInput) -> Filter:
    return JsonContains(column, source.text())


def _has_key(column: str, source: JsonInput) -> Filter:
    return JsonHasKey(column, source.text())


def _extract(column: str, source: JsonInput) -> Filter:
    path, comparison = source.items(2)
    if comparison.value in ("IsNull", "NotNull"):
        return JsonExtract(column, path.text(), comparison.text(), ())
    operator, value = comparison.variant(EXTRACT_OPERATORS, 'a comparison, "IsNull" or "NotNull"')
    literals = _literals(value) if operator == "In" else (literal_from_json(value),)
    return JsonExtract(column, path.text(), operator, literals)


def _literals(source: JsonInput) -> tuple[Literal, ...]:
    return tuple(map(literal_from_json, source.items()))


FILTERS: dict[str, Reader] = {
    **{operator: _comparison(operator) for operator in SYMBOLS},
    "In": _membership,
    "Json": _json,
    "Like": _like,
    "NotNull": _null_test(False),
    "IsNull": _null_test(True),
    "And": _and,
    "Or": _or,
    "Not": _not,
}

JSON_CONDITIONS: dict[str, Callable[[str, JsonInput], Filter]] = {
    "Contains": _contains,
    "HasKey": _has_key,
    "Extract": _extract,
}

EXTRACT_OPERATORS = {operator: operator for operator in (*SYMBOLS, "In")}
