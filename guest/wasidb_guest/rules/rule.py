"""A kind of rule, and how JSON asks for one.

    "trim"                    the name of a rule
    {"clamp": [0, 100]}       with what it is to be made of

A rule goes with columns of certain types; asking for it elsewhere is refused, as is a parameter
that makes no sense there. A chain of rules is a list of them, in the order in which they work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from wasidb_guest.values import DataType

Work = TypeVar("Work")


class BadRule(Exception):
    """A rule that cannot be; knows what was expected, and not where."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Kind(Generic[Work]):
    """Rules of one name: which types they are for, and how one is made of a parameter."""

    types: frozenset[str]
    make: Callable[[DataType, Any], Work]
    has_parameter: bool = True


@dataclass(frozen=True, slots=True)
class Rule(Generic[Work]):
    """A rule of a column: its name, and what does the work."""

    name: str
    work: Work


def plain(types: frozenset[str], work: Work) -> Kind[Work]:
    """A kind without parameter."""
    return Kind(types, lambda data_type, parameter: work, has_parameter=False)


def rules_from_json(
    value: object, kinds: Mapping[str, Kind[Work]], data_type: DataType
) -> tuple[Rule[Work], ...]:
    """The chain that a list says, for a column of this type; BadRule if it says none."""
    if not isinstance(value, list):
        raise BadRule("a list of rules")
    return tuple(_rule(each, kinds, data_type) for each in value)


def _rule(value: object, kinds: Mapping[str, Kind[Work]], data_type: DataType) -> Rule[Work]:
    name, parameter = _named(value)
    kind = kinds.get(name)
    if kind is None:
        raise BadRule(f"made of {', '.join(kinds)}; there is no {name!r}")
    if kind.has_parameter != isinstance(value, dict):
        form = f'{{"{name}": ...}}' if kind.has_parameter else f'"{name}"'
        raise BadRule(f"made with {form}, not {value!r}")
    if data_type.name not in kind.types:
        raise BadRule(f"for {data_type}: {name!r} is for {', '.join(sorted(kind.types))}")
    return Rule(name, kind.make(data_type, parameter))


def _named(value: object) -> tuple[str, object]:
    """The name of a rule and its parameter, if any."""
    if isinstance(value, str):
        return value, None
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    raise BadRule(f'made of names and objects like {{"clamp": [0, 9]}}, not {value!r}')


def whole_number(value: object, low: int, high: int) -> int:
    """A parameter that is a whole number from `low` to `high`; BadRule if it is not."""
    if type(value) is not int or not low <= value <= high:
        raise BadRule(f"made with a whole number from {low} to {high}, not {value!r}")
    return value


def bounds(value: object, low: int, high: int) -> tuple[int, int]:
    """A parameter that is two such numbers, the smaller first."""
    if not isinstance(value, list) or len(value) != 2:
        raise BadRule(f"made with [low, high], not {value!r}")
    first, last = (whole_number(each, low, high) for each in value)
    if first > last:
        raise BadRule(f"made with [low, high], not {value!r}: low is above high")
    return first, last
