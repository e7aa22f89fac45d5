"""Which index answers a filter, and with which look-ups.

Only conditions that must all be true count (`conjuncts`): equality with constants, membership in a
list, bounds. An index serves as far as its first columns have equalities, and one more column may
have bounds:

    a = 1 and b in (2, 3) and c > 4 and c >= 5
    index (a, b, c)    [1, 2, 5] to the end of [1, 2]  or  [1, 3, 5] to the end of [1, 3]

Where no index serves, the alternatives of an OR may each have one, and what these find together
will do:

    (a = 1 or d > 7) and e = 9
    index (a) = 1 or index (d) > 7

Of several indexes that serve, the one that leads to the fewest rows is taken, as far as the nodes
of their trees tell.

The rows it gives are a superset: the whole filter is checked on them again. So it is safe to leave
a condition out, which is what happens to constants the column cannot hold and to types that an
index orders otherwise than a comparison does: date-times (by field, not by instant), json, custom
types of variable width. Where nothing is left out, rows can be counted without being read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import inf
from typing import Any

from wasidb_guest.encoding.cells import Cell
from wasidb_guest.query.comparable import Constant, constant_for
from wasidb_guest.query.expression import (
    Comparison,
    Filter,
    Literal,
    Membership,
    NullTest,
    Or,
    conjuncts,
    disjuncts,
)
from wasidb_guest.query.look_ups import FEW_ROWS, INDEX_SHARE
from wasidb_guest.query.plan import IndexAccess, Range
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import IndexSource
from wasidb_guest.query.statistics import entry_count, rows_found
from wasidb_guest.values import DataType

PROBES_MAX = 1000


@dataclass(slots=True)
class Bounds:
    """What the conjuncts say about one column; the tightest of each.

    `conditions` is how many of them there are: bounds say as much as all of these, cells as much as
    one."""

    cells: list[Cell] | None = None
    low: Constant | None = None
    high: Constant | None = None
    low_inclusive: bool = True
    high_inclusive: bool = True
    conditions: int = 0

    @property
    def is_range(self) -> bool:
        """Whether there is a bound and no equality."""
        return self.cells is None and (self.low is not None or self.high is not None)

    def equal(self, cells: list[Cell]) -> None:
        """Take into account that the column holds one of these."""
        self.cells = cells
        self.conditions += 1

    def restrict(self, operator: str, constant: Constant) -> None:
        """Take a comparison with an exact constant into account."""
        is_inclusive = operator in ("Ge", "Le")
        if operator == "Eq":
            self.equal([constant.cell])
        elif operator in ("Gt", "Ge"):
            self.conditions += 1
            if self.low is None or (constant.key, not is_inclusive) > (
                self.low.key,
                not self.low_inclusive,
            ):
                self.low, self.low_inclusive = constant, is_inclusive
        elif operator in ("Lt", "Le"):
            self.conditions += 1
            if self.high is None or (constant.key, is_inclusive) < (
                self.high.key,
                self.high_inclusive,
            ):
                self.high, self.high_inclusive = constant, is_inclusive


@dataclass(frozen=True, slots=True)
class Choice:
    """An index, how many of its columns have equalities, and whether the next one has bounds."""

    number: int
    index: IndexSource
    equal_count: int
    has_range: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns with conditions that are made use of."""
        return self.index.columns[: self.equal_count + self.has_range]

    @property
    def rank(self) -> tuple[int, bool, bool]:
        return self.equal_count, self.has_range, self.index.unique

    def access(self, bounds: dict[str, Bounds]) -> IndexAccess:
        equal = [bounds[name] for name in self.columns[: self.equal_count]]
        bounded = bounds[self.columns[-1]] if self.has_range else None
        return IndexAccess(self.number, self.index.columns, _probes(equal, bounded))


def choose_access(
    indexes: Sequence[IndexSource], filters: Sequence[Filter], scope: Scope
) -> tuple[IndexAccess, ...]:
    """The look-ups that find all rows for which these filters are true, or none of them if the
    table would have to be read as a whole.

    `scope` has all columns of the table. An index that leads to fewer rows is better, then one with
    more columns that have equalities, then bounds, then a unique one."""
    bounds = column_bounds(filters, scope)
    accesses = [each.access(bounds) for each in _choices(indexes, bounds)]
    if accesses:
        return (_most_selective(indexes, accesses),)
    unions = (_union(indexes, each, scope) for each in filters if isinstance(each, Or))
    return next(filter(None, unions), ())


def exact_access(
    indexes: Sequence[IndexSource], filters: Sequence[Filter], scope: Scope
) -> IndexAccess | None:
    """The look-ups that find exactly the rows for which these filters are true, each once."""
    bounds = column_bounds(filters, scope)
    for choice in _choices(indexes, bounds):
        used = [bounds[name] for name in choice.columns]
        told = sum(1 if each.cells is not None else each.conditions for each in used)
        if told == len(filters):
            return choice.access(bounds)
    return None


def is_selective(indexes: Sequence[IndexSource], access: Iterable[IndexAccess]) -> bool:
    """Whether look-ups lead to so few rows that it is worth while to follow them."""
    found = rows_found(indexes, access)
    return found <= FEW_ROWS or found <= INDEX_SHARE * entry_count(indexes[0])


def column_bounds(filters: Iterable[Filter], scope: Scope) -> dict[str, Bounds]:
    """What the conditions say about each column, by the column's own name."""
    bounds: dict[str, Bounds] = {}
    for condition in filters:
        if not isinstance(condition, Comparison | Membership | NullTest):
            continue
        column = scope.column(condition.column)
        if is_indexable(column.type):
            _restrict(bounds.setdefault(column.name, Bounds()), condition, column.type)
    return bounds


def is_indexable(data_type: DataType) -> bool:
    """Whether an index finds cells of this type as a comparison does."""
    is_variable_custom = data_type.name == "custom" and not data_type.is_fixed
    return data_type.name not in ("datetime", "json") and not is_variable_custom


def bounded_range(prefix: tuple[Cell, ...], bounds: Bounds) -> Range:
    """The keys with this prefix whose next column is within the bounds."""
    low = None if bounds.low is None else (*prefix, bounds.low.cell)
    high = None if bounds.high is None else (*prefix, bounds.high.cell)
    return Range(low, high, bounds.low_inclusive, bounds.high_inclusive)


def _most_selective(indexes: Sequence[IndexSource], accesses: Sequence[IndexAccess]) -> IndexAccess:
    """The first of those that lead to the fewest rows."""
    best, fewest = accesses[0], inf
    for each in accesses if len(accesses) > 1 else ():
        found = rows_found(indexes, (each,))
        if found < fewest:
            best, fewest = each, found
        if fewest <= 1:
            break
    return best


def _choices(indexes: Sequence[IndexSource], bounds: dict[str, Bounds]) -> list[Choice]:
    """What indexes can make use of, the one with the most to go by first."""
    choices = [
        _choice(number, index, bounds)
        for number, index in enumerate(indexes)
        if index.columns[0] in bounds
    ]
    useful = (each for each in choices if each.columns)
    return sorted(useful, key=lambda each: each.rank, reverse=True)


def _choice(number: int, index: IndexSource, bounds: dict[str, Bounds]) -> Choice:
    """What there is for an index to make use of, in not too many look-ups."""
    equal_count, probe_count = 0, 1
    for name in index.columns:
        cells = bounds[name].cells if name in bounds else None
        if cells is None or probe_count * len(cells) > PROBES_MAX:
            break
        probe_count *= len(cells)
        equal_count += 1
    following = index.columns[equal_count : equal_count + 1]
    has_range = any(name in bounds and bounds[name].is_range for name in following)
    return Choice(number, index, equal_count, has_range)


def _union(
    indexes: Sequence[IndexSource], alternatives: Or, scope: Scope
) -> tuple[IndexAccess, ...]:
    """Look-ups for each of the alternatives; none if one of them has none, or they are too many."""
    found = [
        choose_access(indexes, tuple(conjuncts(each)), scope) for each in disjuncts(alternatives)
    ]
    probes: dict[int, list[Range]] = {}
    for access in chain.from_iterable(found):
        probes.setdefault(access.index, []).extend(access.probes)
    if not all(found) or sum(map(len, probes.values())) > PROBES_MAX:
        return ()
    return tuple(
        IndexAccess(number, indexes[number].columns, tuple(dict.fromkeys(ranges)))
        for number, ranges in probes.items()
    )


def _restrict(
    bounds: Bounds, condition: Comparison | Membership | NullTest, data_type: DataType
) -> None:
    match condition:
        case NullTest(_, is_null):
            if is_null:
                bounds.equal([None])
        case Membership(column, literals):
            cells = [_cell(data_type, each, column) for each in literals]
            if None not in cells and bounds.cells is None:
                # Equal cells may be spelled differently: it is by their keys that they are one.
                bounds.equal(list(dict(filter(None, cells)).values()))
        case Comparison(operator, column, literal):
            if literal.is_null:
                if operator == "Eq":
                    bounds.equal([None])
                return
            constant = constant_for(data_type, literal, column)
            if constant.is_exact and constant.cell is not None:
                bounds.restrict(operator, constant)


def _cell(data_type: DataType, literal: Literal, column: str) -> tuple[Any, Cell] | None:
    """The key and the cell to look up, both None for NULL; None if there is no such cell."""
    if literal.is_null:
        return None, None
    constant = constant_for(data_type, literal, column)
    has_cell = constant.is_exact and constant.cell is not None
    return (constant.key, constant.cell) if has_cell else None


def _probes(equal: list[Bounds], bounded: Bounds | None) -> tuple[Range, ...]:
    prefixes = product(*(each.cells or () for each in equal))
    if bounded is None:
        return tuple(map(Range.equal, prefixes))
    return tuple(bounded_range(prefix, bounded) for prefix in prefixes)
