"""What the table of the contract is written in: interfaces, their functions, and simple types.

    Interface(ERROR, own_error, {"commit": takes(U64), "tables": takes(gives=TEXT)})

Every function of the contract gives a result.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wasidb.errors import DbmsError
from wasidb.runtime.wire import Boolean, Bytes, Enum, Integer, ListOf, Option, Text, WireType

TEXT, BOOLEAN, BYTES = Text(), Boolean(), Bytes()
U8, U32, U64 = Integer("u8"), Integer("u32"), Integer("u64")
TEXTS = ListOf(TEXT)
TRANSACTION = Option(U64)
FILTER = Option(TEXT)
DELETE_BEHAVIOR = Enum(("restrict", "cascade"))


class Signature(NamedTuple):
    """What a function takes, and what it gives when all goes well."""

    parameters: tuple[WireType, ...]
    ok: WireType | None


class Interface(NamedTuple):
    """An exported interface: its functions, the type of its errors, the exception they become."""

    fault: WireType
    exception: Callable[[Any], DbmsError]
    functions: Mapping[str, Signature]


def takes(*parameters: WireType, gives: WireType | None = None) -> Signature:
    """Reads like a function type: `takes(TEXT, gives=U64)`."""
    return Signature(parameters, gives)
