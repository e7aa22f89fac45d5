"""Which index answers a filter, and with which look-ups.

Only conditions that must all be true count (`conjuncts`): equality with constants, membership in a
list, bounds. An index serves as far as its first columns have equalities, and one more column may
have bounds:

    a = 1 and b in (2, 3) and c > 4 and c >= 5
    index (a, b, c)    [1, 2, 5] to [1, 2]  or  [1, 3, 5] to [1, 3]

The rows it gives are a superset: the whole filter is checked on them again. So it is safe to leave
a condition out, which is what happens to constants the column cannot hold and to types that an
index orders otherwise than a comparison does: date-times (by field, not by instant), json, custom
types of variable width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from wasidb_guest.encoding.cells import Cell
from wasidb_guest.query.comparable import Constant, constant_for
from wasidb_guest.query.expression import Comparison, Filter, Literal, Membership, NullTest
from wasidb_guest.query.plan import Equal, IndexAccess, Range
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import IndexSource
from wasidb_guest.values import DataType

PROBES_MAX = 1000


@dataclass(slots=True)
class Bounds:
    """What the conjuncts say about one column; the tightest of each."""

    cells: list[Cell] | None = None
    low: Constant | None = None
    high: Constant | None = None
    low_inclusive: bool = True
    high_inclusive: bool = True

    @property
    def is_range(self) -> bool:
        """Whether there is a bound and no equality."""
        return self.cells is None and (self.low is not None or self.high is not None)

    def restrict(self, operator: str, constant: Constant) -> None:
        """Take a comparison with an exact constant into account."""
        is_inclusive = operator in ("Ge", "Le")
        if operator == "Eq":
            self.cells = [constant.cell]
        elif operator in ("Gt", "Ge"):
            if self.low is None or (constant.key, not is_inclusive) > (
                self.low.key,
                not self.low_inclusive,
            ):
                self.low, self.low_inclusive = constant, is_inclusive
        elif operator in ("Lt", "Le") and (
            self.high is None or (constant.key, is_inclusive) < (self.high.key, self.high_inclusive)
        ):
            self.high, self.high_inclusive = constant, is_inclusive


def choose_index(
    indexes: Sequence[IndexSource], conjuncts: Iterable[Filter], scope: Scope
) -> IndexAccess | None:
    """The best index for these conditions, or None if each would have to be read as a whole.

    `scope` has all columns of the table. More columns with equalities are better, then bounds, then
    being unique."""
    bounds = _bounds(conjuncts, scope)
    best: tuple[int, list[str], Bounds | None] | None = None
    best_rank = (0, False, False)
    for number, index in enumerate(indexes):
        if index.columns[0] not in bounds:
            continue
        names = _equal_columns(index.columns, bounds)
        bounded = bounds.get(index.columns[len(names)]) if len(names) < len(index.columns) else None
        has_range = bounded is not None and bounded.is_range
        rank = (len(names), has_range, index.unique)
        if (names or has_range) and rank > best_rank:
            best_rank = rank
            best = number, names, bounded if has_range else None
    if best is None:
        return None
    number, names, bounded = best
    probes = _probes([bounds[name] for name in names], bounded)
    return IndexAccess(number, indexes[number].columns, probes)


def _bounds(conjuncts: Iterable[Filter], scope: Scope) -> dict[str, Bounds]:
    """What the conditions say about each column, by the column's own name."""
    bounds: dict[str, Bounds] = {}
    for condition in conjuncts:
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


def _restrict(
    bounds: Bounds, condition: Comparison | Membership | NullTest, data_type: DataType
) -> None:
    match condition:
        case NullTest(_, is_null):
            if is_null:
                bounds.cells = [None]
        case Membership(column, literals):
            cells = [_cell(data_type, each, column) for each in literals]
            if None not in cells and bounds.cells is None:
                bounds.cells = [cell for (cell,) in dict.fromkeys(filter(None, cells))]
        case Comparison(operator, column, literal):
            if literal.is_null:
                if operator == "Eq":
                    bounds.cells = [None]
                return
            constant = constant_for(data_type, literal, column)
            if constant.is_exact and constant.cell is not None:
                bounds.restrict(operator, constant)


def _cell(data_type: DataType, literal: Literal, column: str) -> tuple[Cell] | None:
    """The cell to look up, in a tuple because it may be NULL; None if there is no such cell."""
    if literal.is_null:
        return (None,)
    constant = constant_for(data_type, literal, column)
    return (constant.cell,) if constant.is_exact and constant.cell is not None else None


def _equal_columns(columns: Sequence[str], bounds: dict[str, Bounds]) -> list[str]:
    """The first columns of an index that have equalities and make not too many look-ups."""
    names: list[str] = []
    probe_count = 1
    for name in columns:
        cells = bounds[name].cells if name in bounds else None
        if cells is None or probe_count * len(cells) > PROBES_MAX:
            break
        probe_count *= len(cells)
        names.append(name)
    return names


def _probes(equal: list[Bounds], bounded: Bounds | None) -> tuple[Equal | Range, ...]:
    prefixes = product(*(each.cells or () for each in equal))
    if bounded is None:
        return tuple(map(Equal, prefixes))
    return tuple(_range(prefix, bounded) for prefix in prefixes)


def _range(prefix: tuple[Cell, ...], bounds: Bounds) -> Range:
    """The keys with this prefix whose next column is within the bounds."""
    low, high = prefix or None, prefix or None
    if bounds.low is not None:
        low = (*prefix, bounds.low.cell)
    if bounds.high is not None:
        high = (*prefix, bounds.high.cell)
    low_inclusive = bounds.low is None or bounds.low_inclusive
    high_inclusive = bounds.high is None or bounds.high_inclusive
    return Range(low, high, low_inclusive, high_inclusive)
