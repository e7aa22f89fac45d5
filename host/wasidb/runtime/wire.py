"""Values of the Component Model as they lie in memory, and the way between them and Python.

wasmtime's C interface passes every value as 32 bytes: a kind, then up to three words whose meaning
depends on it.

     0      8       16       24      32
    +------+-------+--------+-------+     bool, integer   the number
    | kind | first | second | third |     string, enum    size, address of UTF-8
    +------+-------+--------+-------+     list            count, address of values
                                          record          count, address of (name, value) entries
                                          variant         case size, case address, payload or 0
                                          option          address of value or 0
                                          result          is ok, address of value or 0

Each class below is a type of the contract: `fill` writes a Python value into such a slot, `read`
takes one out of its three words. In Python a record is a tuple in declared order, a variant is
`(case, payload)`, an enum is its name, an absent option is None, and `list<u8>` is bytes. Results
are taken apart by whoever made the call, because an error is raised, not given.

wasmtime reads arguments and leaves them alone, so all their memory is Python's: a slot keeps alive
the bytes it points at, and `keep` collects what is known by address only. `keep` must live until
the call has returned.

The stock conversion of the wasmtime package asks the engine for the type of every value again;
these classes know it, and are about eight times faster.
"""

import ctypes
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from ctypes import addressof, pythonapi, string_at
from typing import Any, Protocol

from wasidb.errors import InvalidValue

BOOL, STRING, LIST, RECORD, VARIANT, ENUM, OPTION = 0, 12, 13, 14, 16, 17, 18
INTEGER_KINDS = {"s8": 1, "u8": 2, "s16": 3, "u16": 4, "s32": 5, "u32": 6, "s64": 7, "u64": 8}

VALUE = struct.Struct("<B7xQQQ")
ENTRY = struct.Struct("<16xB7xQQQ")  # the name is skipped: entries come in declared order

# Makes a str of UTF-8 where it lies: a third of what `string_at` and `decode` take together.
text_at = pythonapi["PyUnicode_DecodeUTF8"]
text_at.restype = ctypes.py_object
text_at.argtypes = (
    ctypes.c_void_p,
    ctypes.c_ssize_t,
    ctypes.c_char_p,  # how to go on after what is no UTF-8; None raises UnicodeDecodeError
)


class Slot(ctypes.Structure):
    """One value. `second` takes bytes, which it keeps alive, or an address."""

    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_char_p),
        ("third", ctypes.c_void_p),
    )
    kind: int
    first: int
    second: bytes | int | None
    third: int | None


class Entry(ctypes.Structure):
    """One field of a record."""

    _fields_ = (("size", ctypes.c_uint64), ("name", ctypes.c_char_p), ("value", Slot))
    size: int
    name: bytes
    value: Slot


Keep = list[object]


class WireType(Protocol):
    """A type of the contract."""

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        """Writes `value`; raises InvalidValue when it is not of this type."""

    def read(self, first: int, second: int, third: int) -> Any:
        """The value that these words stand for."""


def mismatch(expected: str, value: object) -> InvalidValue:
    """The error of a value that is not of its wire type."""
    return InvalidValue(f"expected {expected}, got {value!r}", value=repr(value), expected=expected)


class Boolean:
    """`bool`"""

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        if not isinstance(value, bool):
            raise mismatch("a bool", value)
        slot.kind, slot.first = BOOL, value

    def read(self, first: int, second: int, third: int) -> bool:
        return first & 1 == 1


class Integer:
    """`u8` to `u64`, `s8` to `s64`. A word is wider than the number; the bits above are noise."""

    def __init__(self, name: str) -> None:
        bits, self.signed = int(name[1:]), name[0] == "s"
        self.name, self.kind = name, INTEGER_KINDS[name]
        self.span, self.half = 1 << bits, 1 << bits - 1
        self.low, self.high = (-self.half, self.half - 1) if self.signed else (0, self.span - 1)

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        if not isinstance(value, int) or not self.low <= value <= self.high:
            raise mismatch(f"an integer from {self.low} to {self.high}", value)
        slot.kind, slot.first = self.kind, value

    def read(self, first: int, second: int, third: int) -> int:
        number = first & self.span - 1
        return number - self.span if self.signed and number >= self.half else number


class Text:
    """`string`"""

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        try:
            raw = value.encode()
        except AttributeError:
            raise mismatch("a str", value) from None
        except UnicodeEncodeError as error:
            where = f"character {error.start} of a text"
            raise InvalidValue(f"{where} is half a surrogate pair: not valid Unicode") from None
        slot.kind, slot.first, slot.second = STRING, len(raw), raw

    def read(self, first: int, second: int, third: int) -> str:
        return text_at(second, first, None) if first else ""


class Bytes:
    """`list<u8>`: 32 bytes for every byte, so 40 times slower than a string. Not for bulk."""

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise mismatch("bytes", value)
        values = bytearray(VALUE.size * len(value))
        values[0 :: VALUE.size] = bytes((INTEGER_KINDS["u8"],)) * len(value)
        values[8 :: VALUE.size] = value
        slot.kind, slot.first, slot.second = LIST, len(value), bytes(values)

    def read(self, first: int, second: int, third: int) -> bytes:
        return string_at(second, VALUE.size * first)[8 :: VALUE.size] if first else b""


class ListOf:
    """`list<item>`"""

    def __init__(self, item: WireType) -> None:
        self.item = item

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        slots = (Slot * len(value))()
        for item_slot, item in zip(slots, value, strict=True):
            self.item.fill(item_slot, item, keep)
        keep.append(slots)
        slot.kind, slot.first, slot.second = LIST, len(value), addressof(slots)

    def read(self, first: int, second: int, third: int) -> list[Any]:
        read = self.item.read
        return [read(*words) for _, *words in values_at(second, first)]


class Record:
    """`record`: any sequence of its fields goes in, what `make` makes of them comes out."""

    def __init__(self, make: Callable[..., Any], fields: Mapping[str, WireType]) -> None:
        self.make, self.types = make, tuple(fields.values())
        self.names = tuple(name.encode() for name in fields)
        self.array = Entry * len(fields)

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        if len(value) != len(self.types):
            raise mismatch(f"{len(self.types)} fields", value)
        entries = self.array()
        for entry, name, wire_type, field in zip(
            entries, self.names, self.types, value, strict=True
        ):
            entry.size, entry.name = len(name), name
            wire_type.fill(entry.value, field, keep)
        keep.append(entries)
        slot.kind, slot.first, slot.second = RECORD, len(entries), addressof(entries)

    def read(self, first: int, second: int, third: int) -> Any:
        entries = ENTRY.iter_unpack(string_at(second, ENTRY.size * first))
        pairs = zip(self.types, entries, strict=True)
        return self.make(*[wire_type.read(*words) for wire_type, (_, *words) in pairs])


class Variant:
    """`variant`: `(case, payload)`; the payload of a case without one is None."""

    def __init__(self, cases: Mapping[str, WireType | None]) -> None:
        self.cases = cases
        self.by_name = {name.encode(): (name, wire_type) for name, wire_type in cases.items()}

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        case, payload = value
        if case not in self.cases:
            raise mismatch(f"one of the cases {', '.join(self.cases)}", case)
        name, wire_type = case.encode(), self.cases[case]
        slot.kind, slot.first, slot.second = VARIANT, len(name), name
        slot.third = None if wire_type is None else address_of(wire_type, payload, keep)

    def read(self, first: int, second: int, third: int) -> tuple[str, Any]:
        name, wire_type = self.by_name[string_at(second, first)]
        return name, None if wire_type is None else value_at(wire_type, third)


class Enum:
    """`enum`: the name of its case."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        if value not in self.names:
            raise mismatch(f"one of {', '.join(self.names)}", value)
        raw = value.encode()
        slot.kind, slot.first, slot.second = ENUM, len(raw), raw

    def read(self, first: int, second: int, third: int) -> str:
        return text_at(second, first, None)  # type: ignore[no-any-return]


class Option:
    """`option<item>`: None when absent."""

    def __init__(self, item: WireType) -> None:
        self.item = item

    def fill(self, slot: Slot, value: Any, keep: Keep) -> None:
        slot.kind = OPTION
        slot.first = 0 if value is None else address_of(self.item, value, keep)

    def read(self, first: int, second: int, third: int) -> Any:
        return value_at(self.item, first) if first else None


def is_small(wire_type: WireType) -> bool:
    """Whether its values are numbers and names alone, which are short and never change."""
    kind = wire_type.item if isinstance(wire_type, Option) else wire_type
    return isinstance(kind, Boolean | Integer | Enum)


def address_of(wire_type: WireType, value: Any, keep: Keep) -> int:
    """Writes `value` into a slot of its own."""
    slot = Slot()
    wire_type.fill(slot, value, keep)
    keep.append(slot)
    return addressof(slot)


def value_at(wire_type: WireType, address: int) -> Any:
    """Reads the value at `address`."""
    _, first, second, third = VALUE.unpack(Slot.from_address(address))
    return wire_type.read(first, second, third)


def values_at(address: int, count: int) -> Sequence[tuple[int, int, int, int]]:
    """The words of `count` values in a row."""
    return list(VALUE.iter_unpack(string_at(address, VALUE.size * count))) if count else []
