"""What filters mean, row by row: the conditions of the naive model.

    test = test_of({"Not": {"Gt": ["x", 1]}}, Scope([("a", "x", "int8")]))
    test([1]), test([2]), test([None])      True, False, None

A test says True, False, or None for unknown.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from tests.support.cell_keys import is_null, key_of, literal_key

Row = list[Any]
Truth = bool | None
Test = Callable[[Row], Truth]
Judge = Callable[[Any], Truth]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": eq, "Ne": ne, "Gt": gt, "Lt": lt, "Ge": ge, "Le": le,
}  # fmt: skip
KINDS = {bool: "boolean", int: "number", float: "number", Decimal: "number", str: "text"}
MISSING = object()
"""What a JSON path leads to where a document has nothing."""


@dataclass(frozen=True)
class Scope:
    """For each column its table (empty if computed), name and type."""

    columns: list[tuple[str, str, str]]

    def position(self, name: str) -> int:
        """The only column that a name, bare or qualified, means."""
        found = [n for n, (_, bare, _) in enumerate(self.columns) if bare == name]
        found = found or [n for n, (t, bare, _) in enumerate(self.columns) if f"{t}.{bare}" == name]
        (position,) = found
        return position

    def positions(self, names: list[str]) -> list[int]:
        return list(map(self.position, names))

    def type(self, position: int) -> str:
        return self.columns[position][2]


def test_of(where: dict[str, Any], scope: Scope) -> Test:
    """The test that a filter stands for."""
    ((operator, operand),) = where.items()
    if operator in ("And", "Or"):
        left, right = (test_of(each, scope) for each in operand)
        decisive = operator == "Or"
        return lambda row: combined(left(row), right(row), decisive)
    if operator == "Not":
        inner = test_of(operand, scope)
        return lambda row: None if (truth := inner(row)) is None else not truth
    if operator in ("IsNull", "NotNull"):
        at = scope.position(operand)
        return lambda row: (row[at] is None) == (operator == "IsNull")
    at = scope.position(operand[0])
    judge = judge_of(operator, operand[1], scope.type(at))
    return lambda row: judge(row[at])


def combined(left: Truth, right: Truth, decisive: bool) -> Truth:
    """OR if true decides it, AND if false does."""
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def judge_of(operator: str, operand: Any, type: str) -> Judge:
    """What a condition says of one cell."""
    if operator == "Like":
        pattern = like_pattern(operand)
        return lambda cell: None if cell is None else pattern.fullmatch(cell) is not None
    if operator == "Json":
        return json_judge(operand)
    if operator == "In":
        wanted = [literal_key(type, each) for each in operand]
        return lambda cell: is_member(None if cell is None else key_of(type, cell), wanted)
    bound = literal_key(type, operand)
    if bound is None:
        return null_judge(operator)
    compare = COMPARISONS[operator]
    return lambda cell: None if cell is None else compare(key_of(type, cell), bound)


def null_judge(operator: str) -> Judge:
    """A comparison with the literal NULL: a question for NULL itself, or unknown."""
    if operator not in ("Eq", "Ne"):
        return lambda cell: None
    return lambda cell: (cell is None) == (operator == "Eq")


def is_member(key: Any, wanted: list[Any]) -> Truth:
    """Nothing is in an empty list; NULL is in one that names it and otherwise unknown."""
    if key is None and wanted and None not in wanted:
        return None
    return key in wanted


@lru_cache(1000)
def like_pattern(pattern: str) -> re.Pattern[str]:
    """A backslash takes the next character as it is; one at the end stands for nothing."""
    wildcards = {"%": ".*", "_": ".", "\\": ""}
    pieces = re.findall(r"\\?.|\\", pattern, re.DOTALL)
    literal = (wildcards.get(each, re.escape(each[-1])) for each in pieces)
    return re.compile("".join(literal), re.DOTALL)


# Conditions on JSON.


def json_judge(condition: dict[str, Any]) -> Judge:
    """What a condition on JSON says of a document's text."""
    ((kind, operand),) = condition.items()
    if kind == "Contains":
        pattern = json.loads(operand)
        return on_documents(lambda document: contains(document, pattern))
    if kind == "HasKey":
        return on_documents(lambda document: value_at(document, operand) is not MISSING)
    path, comparison = operand
    judge = extract_judge(comparison)
    return on_documents(lambda document: judge(value_at(document, path)))


def on_documents(judge: Judge) -> Judge:
    return lambda cell: None if cell is None else judge(json.loads(cell))


def value_at(document: Any, path: str) -> Any:
    """What is at `a.b[0]`."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path.replace("[", ".[")):
        kind, step = (dict, name) if name else (list, int(index))
        if not isinstance(document, kind):
            return MISSING
        is_there = step in document if name else step < len(document)
        if not is_there:
            return MISSING
        document = document[step]
    return document


def contains(document: Any, pattern: Any) -> bool:
    """Recursively; an array contains a scalar that one of its elements contains."""
    if isinstance(pattern, dict):
        return isinstance(document, dict) and all(
            name in document and contains(document[name], wanted)
            for name, wanted in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(document, list) and all(
            any(contains(each, wanted) for each in document) for wanted in pattern
        )
    if isinstance(document, list):
        return any(contains(each, pattern) for each in document)
    return type(document) is type(pattern) and bool(document == pattern)


def extract_judge(comparison: Any) -> Judge:
    """What a comparison says of a value; only IsNull is true of one that is missing."""
    if comparison in ("IsNull", "NotNull"):
        return lambda value: (value is MISSING or value is None) == (comparison == "IsNull")
    ((operator, operand),) = comparison.items()
    if operator == "In":
        wanted = [fact_of_literal(each) for each in operand]
        judge: Judge = lambda value: is_member(fact_of(value), wanted)  # noqa: E731
    else:
        bound = fact_of_literal(operand)
        judge = null_judge(operator) if bound is None else compare_facts(operator, bound)
    return lambda value: False if value is MISSING else judge(value)


def compare_facts(operator: str, bound: tuple[str, Any]) -> Judge:
    """Values of another kind differ, and arrays and objects have no order."""
    compare = COMPARISONS[operator]

    def judge(value: Any) -> Truth:
        fact = fact_of(value)
        if fact is None:
            return None
        if fact[0] != bound[0] or fact[0] == "json":
            return operator in ("Eq", "Ne") and compare(fact, bound)
        return compare(fact[1], bound[1])

    return judge


def fact_of(value: Any) -> tuple[str, Any] | None:
    """The kind of a JSON value and something to compare it by; None for null."""
    if value is None:
        return None
    kind = KINDS.get(type(value), "json")
    return kind, key_of("json", json.dumps(value)) if kind == "json" else value


def fact_of_literal(literal: Any) -> tuple[str, Any] | None:
    if is_null(literal):
        return None
    if not isinstance(literal, dict):
        return fact_of(literal)
    ((tag, value),) = literal.items()
    readers: dict[str, Callable[[Any], Any]] = {"Json": json.loads, "Decimal": Decimal}
    return fact_of(readers[tag](value) if tag in readers else value)
