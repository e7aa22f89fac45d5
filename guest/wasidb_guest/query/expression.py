"""Filters as they were asked: a tree of conditions on columns by name, which prints as one would
write it.

    And(Comparison("Gt", "age", Literal(None, 18)), Like("name", "A%"))
    age > 18 and name like 'A%'

Conditions are true, false or unknown, as in SQL. A NULL cell makes every comparison unknown; only a
literal NULL asks for NULL itself: `Eq` and `In` with it are IS NULL tests, `Ne` is IS NOT NULL."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from wasidb_guest.values import DataType

SYMBOLS = {"Eq": "=", "Ne": "<>", "Gt": ">", "Lt": "<", "Ge": ">=", "Le": "<="}


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `type` is None for a bare JSON value, which is read with the type of its column;
    NULL has no type.

    A typed literal holds a cell. A bare one holds what the JSON said: str, bool, int, Decimal for a
    number with a point or an exponent, or a list."""

    type: DataType | None
    value: Any

    @property
    def is_null(self) -> bool:
        return self.value is None

    def __str__(self) -> str:
        if self.is_null:
            return "null"
        return repr(self.value) if isinstance(self.value, str | bytes) else str(self.value)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against a constant; `operator` is a key of SYMBOLS."""

    operator: str
    column: str
    literal: Literal

    def __str__(self) -> str:
        return f"{self.column} {SYMBOLS[self.operator]} {self.literal}"


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a column equals one of the constants."""

    column: str
    literals: tuple[Literal, ...]

    def __str__(self) -> str:
        return f"{self.column} in ({', '.join(map(str, self.literals))})"


@dataclass(frozen=True, slots=True)
class Like:
    """Whether a text column matches a pattern."""

    column: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.column} like {self.pattern!r}"


@dataclass(frozen=True, slots=True)
class NullTest:
    """Whether a column is NULL, or is not; never unknown."""

    column: str
    is_null: bool

    def __str__(self) -> str:
        return f"{self.column} is {'' if self.is_null else 'not '}null"


@dataclass(frozen=True, slots=True)
class JsonContains:
    """Whether the documents of a json column contain the one in `pattern`."""

    column: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.column} @> {self.pattern!r}"


@dataclass(frozen=True, slots=True)
class JsonHasKey:
    """Whether the documents of a json column have something at `path`."""

    column: str
    path: str

    def __str__(self) -> str:
        return f"{self.column} has {self.path!r}"


@dataclass(frozen=True, slots=True)
class JsonExtract:
    """What a json column has at `path`, compared.

    `operator` is a key of SYMBOLS, "In", "IsNull" or "NotNull".
    """

    column: str
    path: str
    operator: str
    literals: tuple[Literal, ...]

    def __str__(self) -> str:
        operator = SYMBOLS.get(self.operator, self.operator)
        return " ".join([f"{self.column} -> {self.path!r}", operator, *map(str, self.literals)])


@dataclass(frozen=True, slots=True)
class And:
    """Both."""

    left: "Filter"
    right: "Filter"

    def __str__(self) -> str:
        return f"{self.left} and {self.right}"


@dataclass(frozen=True, slots=True)
class Or:
    """Either or both."""

    left: "Filter"
    right: "Filter"

    def __str__(self) -> str:
        return f"({self.left} or {self.right})"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    operand: "Filter"

    def __str__(self) -> str:
        return f"not ({self.operand})"


Condition: TypeAlias = (
    Comparison | Membership | Like | NullTest | JsonContains | JsonHasKey | JsonExtract
)
Filter: TypeAlias = Condition | And | Or | Not


def conditions(where: Filter) -> Iterator[Condition]:
    """The leaves of a filter, left to right."""
    match where:
        case And(left, right) | Or(left, right):
            yield from conditions(left)
            yield from conditions(right)
        case Not(operand):
            yield from conditions(operand)
        case condition:
            yield condition


def conjuncts(where: Filter | None) -> Iterator[Filter]:
    """The filters that must all be true for `where` to be true."""
    match where:
        case None:
            return
        case And(left, right):
            yield from conjuncts(left)
            yield from conjuncts(right)
        case other:
            yield other


def disjuncts(where: Filter) -> Iterator[Filter]:
    """The filters of which one must be true for `where` to be true."""
    match where:
        case Or(left, right):
            yield from disjuncts(left)
            yield from disjuncts(right)
        case other:
            yield other


def conjunction(filters: list[Filter]) -> Filter | None:
    """One filter that is true where all of these are; thousands are nested a few levels deep."""
    joined = filters
    while len(joined) > 1:
        pairs = zip(joined[::2], joined[1::2], strict=False)
        odd = joined[len(joined) // 2 * 2 :]
        joined = [And(left, right) for left, right in pairs] + odd
    return joined[0] if joined else None
