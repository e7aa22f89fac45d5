"""JSON from a caller, taken apart strictly: whatever is not as expected is an InvalidQuery that
names the place.

    invalid filter JSON: And[0].Eq[1]: expected a literal, not {'Int8': 1, 'Int16': 1}

Numbers with a point or an exponent become Decimal, so that 0.1 stays 0.1 until a column's type is
known. Half a surrogate pair is no character and refused, as is what `json_document` refuses."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from wasidb_guest.encoding.json_document import parse_json, refuse_constant, unique_members
from wasidb_guest.errors import InvalidQuery

SHOWN_SIZE_MAX = 60
ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]|\\u[dD](?P<half>[89a-fA-F])|\\.", re.DOTALL
)

Choice = TypeVar("Choice")


class JsonInput:
    """A value inside a JSON document that knows where it stands in it: in the value `parent`, under
    a key or at an index.
    """

    __slots__ = ("document", "key", "parent", "value")

    def __init__(
        self, value: object, document: str, parent: "JsonInput | None" = None, key: str | int = ""
    ) -> None:
        self.value = value
        self.document = document
        self.parent = parent
        self.key = key

    @classmethod
    def load(cls, text: str, document: str) -> "JsonInput":
        """Parse a whole text; `document` says in messages what it is, such as "filter"."""
        return cls(load_value(text, document), document)

    @property
    def place(self) -> str:
        """The way to this value from the top of the document, such as `And[0].Eq`."""
        if self.parent is None:
            return ""
        above = self.parent.place
        if isinstance(self.key, int):
            return f"{above}[{self.key}]"
        return f"{above}.{self.key}" if above else self.key

    def refused(self, expected: str) -> InvalidQuery:
        """The error that says what this value should have been."""
        shown = str(self.value) if isinstance(self.value, Decimal) else repr(self.value)
        if len(shown) > SHOWN_SIZE_MAX:
            shown = shown[:SHOWN_SIZE_MAX] + "..."
        place = self.place
        where = f"{place}: " if place else ""
        message = f"invalid {self.document} JSON: {where}expected {expected}, not {shown}"
        return InvalidQuery(message, place=place or None, expected=expected)

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.refused("a string")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """An array of strings."""
        if isinstance(self.value, list) and set(map(type, self.value)) <= {str}:
            return tuple(self.value)
        return tuple(item.text() for item in self.items())

    def boolean(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refused("true or false")
        return self.value

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, written without a point."""
        if (
            not isinstance(self.value, int)
            or isinstance(self.value, bool)
            or not low <= self.value <= high
        ):
            raise self.refused(f"a whole number from {low} to {high}")
        return self.value

    def choice(self, choices: Mapping[str, Choice]) -> Choice:
        """What one of the given strings stands for."""
        if not isinstance(self.value, str) or self.value not in choices:
            raise self.refused(one_of(choices))
        return choices[self.value]

    def items(self, count: int | None = None) -> list["JsonInput"]:
        """The elements of an array, of `count` elements if that is given."""
        if not isinstance(self.value, list) or count not in (None, len(self.value)):
            raise self.refused("an array" if count is None else f"an array of {count} elements")
        return [
            JsonInput(item, self.document, self, index) for index, item in enumerate(self.value)
        ]

    def members(
        self, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, "JsonInput"]:
        """The members of an object that must have these keys, may have those, and has no others."""
        if not isinstance(self.value, dict):
            raise self.refused(f"an object with {one_of(required + optional)}")
        for key in self.value:
            if key not in required and key not in optional:
                raise self._member(key).refused(f"no such key but {one_of(required + optional)}")
        for key in required:
            if key not in self.value:
                raise self.refused(f"an object with the key {key!r}")
        return {key: self._member(key) for key in self.value}

    def entries(self) -> dict[str, "JsonInput"]:
        """The members of an object that may have any keys."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return {key: self._member(key) for key in self.value}

    def variant(self, cases: Mapping[str, Choice], expected: str) -> tuple[Choice, "JsonInput"]:
        """What the only key of an object stands for, and its value."""
        if not isinstance(self.value, dict) or len(self.value) != 1:
            raise self.refused(f"{expected}, an object with one key")
        (key,) = self.value
        if key not in cases:
            raise self.refused(f"{expected}, one of {', '.join(cases)}")
        return cases[key], self._member(key)

    def _member(self, key: str) -> "JsonInput":
        assert isinstance(self.value, dict)
        return JsonInput(self.value[key], self.document, self, key)


def load_value(text: str, document: str) -> Any:
    """The value that a whole text says. Raises InvalidQuery."""
    if "\\u" in text and any(escape["half"] for escape in ESCAPES.finditer(text)):
        raise InvalidQuery(f"invalid {document} JSON: half a surrogate pair is no character")
    try:
        return parse_json(text, DECODER)
    except ValueError as problem:
        raise InvalidQuery(f"invalid {document} JSON: {problem}") from None


def one_of(names: Mapping[str, object] | tuple[str, ...]) -> str:
    """The names as a message lists them."""
    return " or ".join(map(repr, names))


DECODER = json.JSONDecoder(
    object_pairs_hook=unique_members, parse_float=Decimal, parse_constant=refuse_constant
)
