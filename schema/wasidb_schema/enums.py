"""Members of enums as the bytes of a custom type.

    class Role(Enum):                        class State(Enum):
        guest = 0       00                       open = "open"         6f 70 65 6e
        admin = 1       01                       closed = "closed"     63 6c 6f 73 65 64

Numbers are one byte, as an enum of `repr(u8)` is in the Rust engine; texts are UTF-8 of any length.
The engine sorts numbers by value, and texts by length first, as all custom types of varying width.

The file knows the tag of the type and its width, but no members: they can be renamed and added
without a migration. Bytes that are no member any more are a `NoMember` when they are read. Flags
are deliberately absent, because sums of them are no members; so are values of other types.
"""

import base64
from collections.abc import Mapping
from enum import Enum, Flag
from functools import lru_cache
from typing import Any, TypeAlias

from wasidb_schema.cells import Codec, blob_cell

EnumClass: TypeAlias = type[Enum]


class NoMember(ValueError):
    """Bytes that stand for no member of the enum."""

    def __init__(self, name: str, stored: bytes) -> None:
        super().__init__(f"{stored!r} is no {name}")
        self.stored = stored


def stored_members(kind: EnumClass) -> Mapping[Enum, bytes]:
    """The bytes of each member; of none if the enum cannot be stored."""
    kinds = {type(member.value) for member in kind}
    if issubclass(kind, Flag):
        return {}
    try:
        if kinds == {int}:
            return {member: bytes((member.value,)) for member in kind}
        return {member: member.value.encode() for member in kind} if kinds == {str} else {}
    except ValueError:  # of a number that is no byte
        return {}


def width_of(kind: EnumClass) -> int | None:
    """The width of an enum that can be stored: a byte for numbers, None for texts."""
    return 1 if all(isinstance(member.value, int) for member in kind) else None


class MembersByCell(dict[str, Enum]):
    """The members of an enum by their cells; NoMember for other cells."""

    def __init__(self, kind: EnumClass, stored: Mapping[Enum, bytes]) -> None:
        super().__init__({blob_cell(raw): member for member, raw in stored.items()})
        self._name = kind.__name__

    def __missing__(self, cell: str) -> Enum:
        raise NoMember(self._name, base64.b64decode(cell))


@lru_cache
def enum_codec(kind: EnumClass) -> Codec:
    """How columns of an enum are written and read."""
    stored = stored_members(kind)

    def binary(value: Any) -> bytes:
        if not isinstance(value, kind):  # a text is equal to its member, where these are texts
            raise TypeError("expected a member of the enum")
        return stored[value]

    def encode(value: Any) -> str:
        return blob_cell(binary(value))

    return Codec("custom", kind.__name__, encode, MembersByCell(kind, stored).__getitem__, binary)
