"""Parameters of prepared statements: `{"Param": 0}` in the place of a constant.

    {"from": "people", "where": {"Eq": ["id", {"Param": 0}]}, "limit": {"Param": 1}}
    parameters  [7, 10]

A document is read with a `Parameter` standing where each of them stood; a `filler` puts the values
there. A value is what the constant could have been: a cell, a typed literal, or null. The list of
`In` can be one value as a whole, `{"In": ["id", {"Param": 0}]}` with `[[7, 9]]`, so that lists of
all lengths are one statement. Elsewhere than in the place of a constant a parameter is refused by
whoever reads the document.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias, TypeVar

from wasidb_guest.query.expression import Literal
from wasidb_guest.query.json_input import DECODER, JsonInput, load_value
from wasidb_guest.query.literals import NULL_TEXT, literal_from_json

KEY = "Param"
NUMBER_MAX = 65_535
SHORT = 64
"""Characters; a text of no more cannot be nested too deep."""

Node = TypeVar("Node")
Filler: TypeAlias = Callable[[Sequence[Any]], Node]
"""Makes a statement, or a part of one, of the values of its parameters."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """The place of a value, by its number among the parameters."""

    number: int

    def __repr__(self) -> str:
        return f"{{'{KEY}': {self.number}}}"


class ListParameter(Parameter):
    """The place of a list of values, which stands as the only literal of the list."""

    __slots__ = ()


def with_parameters(value: Any) -> Any:
    """A JSON value with a `Parameter` for every `{"Param": n}`."""
    if isinstance(value, list):
        return list(map(with_parameters, value))
    if not isinstance(value, dict):
        return value
    if value.keys() == {KEY}:
        members = JsonInput(value, "statement").members((KEY,))
        return Parameter(members[KEY].integer(0, NUMBER_MAX))
    read = {key: with_parameters(each) for key, each in value.items()}
    match read:
        case {"In": [column, Parameter(number)]} if len(read) == 1:
            return {"In": [column, [ListParameter(number)]]}
    return read


def parameters_in(node: object) -> Iterator[Parameter]:
    """Every parameter in a statement or a JSON value."""
    if isinstance(node, Parameter):
        yield node
    elif isinstance(node, tuple | list):
        for each in node:
            yield from parameters_in(each)
    elif isinstance(node, dict):
        yield from parameters_in(list(node.values()))
    elif is_dataclass(node):
        for field in fields(node):
            yield from parameters_in(getattr(node, field.name))


def required(parameters: Iterable[Parameter]) -> int:
    """How many values a statement with these parameters takes."""
    return max((each.number for each in parameters), default=-1) + 1


def read_values(text: str, count: int | None = None) -> list[Any]:
    """The values of parameters, from a JSON array; of `count` of them if that is given."""
    values = _value_at_once(text)
    if values is None:
        values = load_value(text, "parameters")
    if type(values) is not list:
        raise JsonInput(values, "parameters").refused("an array")
    if count is not None and len(values) != count:
        raise JsonInput(values, "parameters").refused(f"an array of {count} values")
    return values


def _value_at_once(text: str) -> Any:
    """What `load_value` makes of most texts, which are short and have nothing to be looked at more
    closely; None for others, and for those that it refuses.
    """
    if len(text) > SHORT or "\\" in text:
        return None
    try:
        value, end = DECODER.raw_decode(text)
    except ValueError:
        return None
    return value if end == len(text) else None


def value_of(literal: Literal, values: Sequence[Any]) -> Literal:
    """The literal itself, or the one that a parameter stands for."""
    if not isinstance(literal.value, Parameter):
        return literal
    return values_literal(values, literal.value.number)


def values_literal(values: Sequence[Any], number: int) -> Literal:
    """The literal that one of the values is."""
    value = values[number]
    if is_plain(value):
        return Literal(None, value)
    return literal_from_json(
        JsonInput(value, "parameters", JsonInput(values, "parameters"), number)
    )


def literals_of(values: Sequence[Any], number: int) -> tuple[Literal, ...]:
    """The literals that one of the values, which must be a list, is made of."""
    place = JsonInput(values, "parameters")
    given = JsonInput(values[number], "parameters", place, number).items()
    return tuple(
        Literal(None, each.value) if is_plain(each.value) else literal_from_json(each)
        for each in given
    )


def is_plain(value: object) -> bool:
    """Whether a value is the bare literal that it looks like, as the most frequent ones are."""
    return type(value) is int or (type(value) is str and value != NULL_TEXT)


def filler(node: Node) -> Filler[Node]:
    """What puts values in the place of the parameters of a statement: where these are is found out
    once.
    """
    fill = _filler(node)
    return (lambda _: node) if fill is None else fill


def _filler(node: Any) -> Filler[Any] | None:
    """The same; None where there is nothing to fill in."""
    match node:
        case Literal(_, Parameter(number)):
            return lambda values: values_literal(values, number)
        case (Literal(_, ListParameter(number)),):
            return lambda values: literals_of(values, number)
        case tuple():
            return _tuple_filler(list(map(_filler, node)), node)
    if not is_dataclass(node) or isinstance(node, type):
        return None
    found = {each.name: _filler(getattr(node, each.name)) for each in fields(node)}
    fillers = {name: fill for name, fill in found.items() if fill is not None}
    if not fillers:
        return None
    return lambda values: replace(node, **{name: fill(values) for name, fill in fillers.items()})


def _tuple_filler(
    fillers: list[Filler[Any] | None], parts: tuple[Any, ...]
) -> Filler[tuple[Any, ...]] | None:
    if not any(fillers):
        return None
    return lambda values: tuple(
        [part if fill is None else fill(values) for fill, part in zip(fillers, parts, strict=True)]
    )
