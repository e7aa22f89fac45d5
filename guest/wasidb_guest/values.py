"""Data types: their names, their widths, and the two numbers that stand for them in a file.

A *cell* is one value of a row as Python sees it inside the engine:

    int*, uint*   int                     decimal    str, plain notation with scale: "-123.450"
    float*        float                   date       str, "YYYY-MM-DD"
    boolean       bool                    datetime   str, "YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM"
    text, json    str                     uuid       str, lower-case 8-4-4-4-12
    blob, custom  bytes                   NULL       None

`width` is the size in bytes of the encoded value; 0 means a u16 length prefix and that many bytes.
`tag` stands for the type in front of a single value (index keys, defaults, counters),
`snapshot_tag` in a stored table definition. `float32` and `float64` are ours: the Rust engine
reserves their snapshot tags and has no value tags for them, so it refuses tables that use them.
"""

from dataclasses import dataclass

NULL_TAG = 10
CUSTOM_TAG = 17
NESTED_TAG = 255  # rows inside of a result, already JSON; never in a file


@dataclass(frozen=True, slots=True)
class DataType:
    """A column's type. `custom_tag` names a user-defined type and is empty for built-in ones."""

    name: str
    width: int
    tag: int
    snapshot_tag: int
    custom_tag: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether every value takes `width` bytes."""
        return self.width > 0

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGER_RANGES

    @property
    def is_float(self) -> bool:
        return self.name in ("float32", "float64")

    def __str__(self) -> str:
        return self.name if not self.custom_tag else f"custom({self.custom_tag})"


BLOB = DataType("blob", 0, 0, 0x50)
BOOLEAN = DataType("boolean", 1, 1, 0x30)
DATE = DataType("date", 4, 2, 0x40)
DATETIME = DataType("datetime", 13, 3, 0x41)
DECIMAL = DataType("decimal", 16, 4, 0x22)
INT8 = DataType("int8", 1, 5, 0x01)
INT16 = DataType("int16", 2, 6, 0x02)
INT32 = DataType("int32", 4, 7, 0x03)
INT64 = DataType("int64", 8, 8, 0x04)
JSON = DataType("json", 0, 9, 0x60)
TEXT = DataType("text", 0, 11, 0x51)
UINT8 = DataType("uint8", 1, 12, 0x10)
UINT16 = DataType("uint16", 2, 13, 0x11)
UINT32 = DataType("uint32", 4, 14, 0x12)
UINT64 = DataType("uint64", 8, 15, 0x13)
UUID = DataType("uuid", 16, 16, 0x52)
FLOAT32 = DataType("float32", 4, 18, 0x20)
FLOAT64 = DataType("float64", 8, 19, 0x21)

BUILT_IN = {
    data_type.name: data_type
    for data_type in (
        BLOB, BOOLEAN, DATE, DATETIME, DECIMAL, INT8, INT16, INT32, INT64, JSON, TEXT,
        UINT8, UINT16, UINT32, UINT64, UUID, FLOAT32, FLOAT64,
    )
}  # fmt: skip

INTEGER_RANGES = {
    **{f"int{bits}": (-(1 << bits - 1), (1 << bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, (1 << bits) - 1) for bits in (8, 16, 32, 64)},
}

CUSTOM_SNAPSHOT_TAG = 0xF0


def custom(tag: str, width: int = 0) -> DataType:
    """A user-defined type whose values take `width` bytes, or any number of bytes when `width` is
    0.
    """
    return DataType("custom", width, CUSTOM_TAG, CUSTOM_SNAPSHOT_TAG, tag)
