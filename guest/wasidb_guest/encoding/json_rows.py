"""Rows as JSON text, written straight from stored cells; a kernel.

    record   07 00 | 01 00 00 00 | 01 | 02 00 41 22        ──RecordRows──▶   [1,"A\\""]
    vectors  uint32 [1, 2], text ["A", NULL]               ──put_rows────▶   [1,"A"],[2,null]

A `JsonText` grows at its end. Whoever writes makes room first: `reserve` is the only place that
allocates. Text goes out as it is stored but for what JSON must escape, and whether it is UTF-8 is
found out once for all of it, by `JsonText.decode`.

Cells are in rows-JSON form (see `encoding.cells`): a number where JSON has one, of any number of
digits, and otherwise a string. Types go by value tag; 32-bit floats, whose shortest text is not
that of the same 64-bit float, are looked for digit by digit.
"""

from wasidb_guest import values
from wasidb_guest.encoding.cells import BASE64_ENCODER, shortest_float32
from wasidb_guest.encoding.text_forms import print_one
from wasidb_guest.vectors import Bytes

BOOLEAN, DATE, DECIMAL, INT8, INT64, JSON, TEXT = 1, 2, 4, 5, 8, 9, 11
UINT8, UINT64, UUID, FLOAT32, FLOAT64 = 12, 15, 16, 18, 19
NESTED = values.NESTED_TAG

QUOTE, COMMA, MINUS, POINT, ZERO, ARRAY, BACKSLASH, ARRAY_END = 34, 44, 45, 46, 48, 91, 92, 93
SHORT_ESCAPES = b"btn\0fr"  # of the control characters 8 to 13; 11 has none

FIRST_SIZE, KEPT_SIZE_MAX = 512, 1 << 16
ESCAPED_SIZE_MAX = 6
NUMBER_SIZE_MAX = 20
DECIMALS_MAX = 6
SHORT_MIN, SHORT_MAX = 1e-3, 1e9  # 15 digits with all decimals
PRINTED_SIZE_MAX = 48

NOT_FINITE = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


class StoredBytes:
    """Bytes that hold cells; an object, because it is handed on more cheaply than a buffer."""

    def __init__(self, source: Bytes) -> None:
        self.bytes: Bytes = source


class FloatBits:
    """Eight bytes that can be read as a 64-bit float, the first four as a 32-bit one."""

    def __init__(self) -> None:
        self.bits = bytearray(8)
        self.as_double = memoryview(self.bits).cast("d")
        self.as_single = memoryview(self.bits).cast("f")


FLOAT_BITS = FloatBits()


class JsonText:
    """JSON text that grows at its end."""

    def __init__(self) -> None:
        self.out = bytearray(FIRST_SIZE)
        self.text = self.out
        self.size = 0

    def decode(self) -> str:
        """The whole text. Raises UnicodeDecodeError when a stored text is not UTF-8."""
        return str(memoryview(self.out)[: self.size], "utf-8")

    def clear(self) -> None:
        """Begin a new text in the room of this one, unless there is so much of it that it is to be
        given back.
        """
        self.size = 0
        if len(self.text) > KEPT_SIZE_MAX:
            self.text = self.out = bytearray(FIRST_SIZE)

    def put(self, written: bytes) -> None:
        """Append text that is JSON already."""
        size = len(written)
        self.reserve(size)
        for i in range(size):
            self.text[self.size + i] = written[i]
        self.size += size

    def reserve(self, size: int) -> None:
        """Make room for `size` bytes more."""
        needed = self.size + size
        if needed > len(self.text):
            grown = bytearray(2 * needed)
            grown[: self.size] = self.out[: self.size]
            self.out = grown
            self.text = grown

    def separate(self) -> None:
        """Append a comma, unless nothing stands before what comes next."""
        if self.size and self.text[self.size - 1] != ARRAY:
            self.put_byte(COMMA)

    def open_row(self) -> None:
        """Begin the array of a row, which may follow another."""
        self.separate()
        self.put_byte(ARRAY)

    def close_row(self) -> None:
        """End it."""
        self.put_byte(ARRAY_END)

    def put_byte(self, character: int) -> None:
        """Append an ASCII character."""
        if self.size == len(self.text):
            self.reserve(1)
        self.text[self.size] = character
        self.size += 1

    def put_null(self) -> None:
        self.put(b"null")

    def put_cell(self, tag: int, width: int, source: StoredBytes, at: int, length: int) -> None:
        """Append the cell of `length` bytes at `at`."""
        if tag in (TEXT, JSON):
            self.put_text(source, at, length)
        elif INT8 <= tag <= INT64 or UINT8 <= tag <= UINT64:
            self.put_integer(source, at, width, tag <= INT64)
        elif tag == BOOLEAN:
            self.put(b"true" if source.bytes[at] else b"false")
        elif tag in (FLOAT32, FLOAT64):
            self.put_float(source, at, width)
        elif DATE <= tag <= DECIMAL or tag == UUID:
            self.reserve(PRINTED_SIZE_MAX + 2)
            self.put_byte(QUOTE)
            self.size = print_one(tag, source.bytes, at, self.text, self.size)
            self.put_byte(QUOTE)
        elif tag == NESTED:
            self.put(bytes(source.bytes[at : at + length]))
        else:
            encoded = BASE64_ENCODER(bytes(source.bytes[at : at + length]))
            self.put(b'"' + encoded + b'"')

    def put_text(self, source: StoredBytes, at: int, length: int) -> None:
        """Append a string, escaping what must be."""
        self.reserve(ESCAPED_SIZE_MAX * length + 2)
        self.put_byte(QUOTE)
        for i in range(at, at + length):
            character = source.bytes[i]
            if character >= 32 and character != QUOTE and character != BACKSLASH:
                self.text[self.size] = character
                self.size += 1
            else:
                self.put_escape(character)
        self.put_byte(QUOTE)

    def put_escape(self, character: int) -> None:
        """Append a quote, backslash or control character."""
        if character in (QUOTE, BACKSLASH):
            self.put_byte(BACKSLASH)
            self.put_byte(character)
        elif 8 <= character <= 13 and character != 11:
            self.put(b"\\" + SHORT_ESCAPES[character - 8 : character - 7])
        else:
            self.put(b"\\u%04x" % character)

    def put_integer(self, source: StoredBytes, at: int, width: int, is_signed: bool) -> None:
        """Append a little-endian integer."""
        value = 0
        for i in range(at + width - 1, at - 1, -1):
            value = value << 8 | source.bytes[i]
        half = 1
        half <<= 8 * width - 1
        self.reserve(NUMBER_SIZE_MAX)
        if is_signed and value >= half:
            self.put_byte(MINUS)
            value = half - (value - half)
        self.put_digits(value)

    def put_digits(self, value: int) -> None:
        """Append an unsigned integer for which there is room."""
        rest = value // 10
        while rest:
            rest //= 10
            self.size += 1
        at = self.size
        self.size += 1
        self.text[at] = ZERO + value % 10
        while value >= 10:
            value //= 10
            at -= 1
            self.text[at] = ZERO + value % 10

    def put_float(self, source: StoredBytes, at: int, width: int) -> None:
        """Append the shortest text that names a float."""
        for i in range(width):
            FLOAT_BITS.bits[i] = source.bytes[at + i]
        number = FLOAT_BITS.as_double[0]
        if width == 4:
            number = shortest_float32((FLOAT_BITS.as_single[0],))[0]
        if not self.put_short_decimal(number):
            text = repr(number)
            self.put(NOT_FINITE.get(text, text).encode())

    def put_short_decimal(self, number: float) -> bool:
        """Append a number that has at most DECIMALS_MAX digits behind the point, and few in front.

        Most numbers people store are such. With 15 digits in all no two texts name the same float,
        so the first one that names this float is the shortest.
        """
        magnitude = -number if number < 0 else number
        if not SHORT_MIN <= magnitude < SHORT_MAX:
            return False
        scale = 1.0
        for decimals in range(1, DECIMALS_MAX + 1):
            scale *= 10
            scaled = int(magnitude * scale + 0.5)
            if scaled / scale == magnitude:
                self.reserve(NUMBER_SIZE_MAX + 2)
                if number < 0:
                    self.put_byte(MINUS)
                self.put_point(scaled, decimals)
                return True
        return False

    def put_point(self, scaled: int, decimals: int) -> None:
        """Append the digits of a number with a point in front of the last `decimals`."""
        unit = 1
        for _ in range(decimals):
            unit *= 10
        self.put_digits(scaled // unit)
        self.put_byte(POINT)
        rest = scaled % unit
        for _ in range(decimals):
            unit //= 10
            self.put_byte(ZERO + rest // unit)
            rest %= unit


class RecordRows:
    """Writes records as rows of some of their columns.

    `layout` has three numbers for each column up to the last one wanted: its tag, its width, and 1
    if it is nullable. `order` are the columns wanted. Both are int32.
    """

    def __init__(self, layout: memoryview, order: memoryview) -> None:
        self.layout = layout
        self.order = order
        self.starts = memoryview(bytearray(4 * len(layout))).cast("i")
        self.ends = memoryview(bytearray(4 * len(layout))).cast("i")

    def put(self, text: JsonText, page: StoredBytes, at: int) -> int:
        """Append the record at `at`; 0, or -1 - the place of the damage, `at` for no record."""
        damage = self.locate(page, at)
        if damage:
            return damage
        text.open_row()
        for i in range(len(self.order)):
            column = self.order[i]
            text.separate()
            start = self.starts[column]
            if start < 0:
                text.put_null()
            else:
                text.put_cell(
                    self.layout[3 * column],
                    self.layout[3 * column + 1],
                    page,
                    start,
                    self.ends[column] - start,
                )
        text.close_row()
        return 0

    def locate(self, page: StoredBytes, at: int) -> int:
        """Find where each cell is, -1 for NULL; 0, or -1 - the place of the damage."""
        size = len(page.bytes)
        if at + 2 > size:
            return -1 - at
        length = page.bytes[at] | page.bytes[at + 1] << 8
        end = at + 2 + length
        if length == 0 or end > size:
            return -1 - at
        at += 2
        for column in range(len(self.layout) // 3):
            if self.layout[3 * column + 2]:
                if at >= end:
                    return -1 - at
                at += 1
                if page.bytes[at - 1] == 0:
                    self.starts[column] = -1
                    continue
            width = self.layout[3 * column + 1]
            if width == 0:
                if at + 2 > end:
                    return -1 - at
                width = page.bytes[at] | page.bytes[at + 1] << 8
                at += 2
            if at + width > end:
                return -1 - at
            self.starts[column] = at
            at += width
            self.ends[column] = at
        return 0


class VectorCells:
    """The cells of a vector: `offsets` are empty for a fixed width, `flags` for none that is NULL.

    `width` is that of a fixed-width type, else 0.
    """

    def __init__(
        self, tag: int, width: int, data: Bytes, offsets: memoryview, flags: Bytes
    ) -> None:
        self.tag = tag
        self.width = width
        self.source = StoredBytes(data)
        self.offsets = offsets
        self.flags = flags
        self.has_null = len(flags) > 0

    def put(self, text: JsonText, row: int) -> None:
        """Append the cell of a row."""
        if self.has_null and self.flags[row] == 0:
            text.put_null()
        elif self.width:
            text.put_cell(self.tag, self.width, self.source, row * self.width, self.width)
        else:
            start = self.offsets[row]
            text.put_cell(self.tag, 0, self.source, start, self.offsets[row + 1] - start)


def put_rows(text: JsonText, columns: list[VectorCells], first: int, last: int) -> None:
    """Append the rows from `first` to `last`, excluded, of equally long columns."""
    for row in range(first, last):
        text.open_row()
        for i in range(len(columns)):
            cells: VectorCells = columns[i]
            text.separate()
            cells.put(text, row)
        text.close_row()


def put_cells(text: JsonText, columns: list[VectorCells], first: int, last: int) -> None:
    """Append the cells of the only column from `first` to `last`, excluded, as no arrays."""
    cells: VectorCells = columns[0]
    for row in range(first, last):
        text.separate()
        cells.put(text, row)
