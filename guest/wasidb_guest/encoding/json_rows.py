"""Rows as JSON text, written straight from stored cells; a kernel.

    record   07 00 | 01 00 00 00 | 01 | 02 00 41 22        ──RecordRows──▶   [1,"A\\""]
    vectors  uint32 [1, 2], text ["A", NULL]               ──put_rows────▶   [1,"A"],[2,null]

A `JsonText` grows at its end. Whoever writes makes room first: `reserve` is the only place that
allocates. To the compiler `JsonText.raw` and `StoredBytes.raw` are plain pointers. Nothing checks
what goes through them, so there is room before anything is written, and before a cell is read it
has been seen to lie within `StoredBytes.size`.

Text goes out as it is stored but for what JSON must escape, and whether it is UTF-8 is found out
once for all of it, by `JsonText.decode`.

Cells are in rows-JSON form (see `encoding.cells`): a number where JSON has one, of any number of
digits, and otherwise a string. Types go by value tag.
"""

from wasidb_guest import values
from wasidb_guest.encoding.cells import BASE64_ENCODER
from wasidb_guest.encoding.copying import copy_bytes, pointed_to
from wasidb_guest.encoding.json_floats import print_float
from wasidb_guest.encoding.json_numbers import print_number
from wasidb_guest.encoding.keys import is_integer
from wasidb_guest.encoding.text_forms import print_one
from wasidb_guest.vectors import Bytes, WritableBytes

BOOLEAN, DATE, DECIMAL, INT64, JSON, TEXT = 1, 2, 4, 8, 9, 11
UUID, FLOAT32, FLOAT64 = 16, 18, 19
NESTED = values.NESTED_TAG

QUOTE, COMMA, MINUS, ARRAY, BACKSLASH, ARRAY_END = 34, 44, 45, 91, 92, 93
SHORT_ESCAPES = b"btn\0fr"  # of the control characters 8 to 13; 11 has none
ZERO, SMALL_U, HEX_DIGITS = 48, 117, b"0123456789abcdef"

FIRST_SIZE, KEPT_SIZE_MAX = 512, 1 << 16
ESCAPED_SIZE_MAX = 6
CELL_SIZE_MAX = 32  # of an integer with its sign, or what is written around and behind a text
WORD_SIZE, WORD = 8, 0xFFFF_FFFF_FFFF_FFFF
ONES, HIGH_BITS = 0x0101_0101_0101_0101, 0x8080_8080_8080_8080
SPACES, QUOTES, BACKSLASHES = 32 * ONES, QUOTE * ONES, BACKSLASH * ONES
PAST_END = "a cell runs past the end of its bytes"
PRINTED_SIZE_MAX = 48


class StoredBytes:
    """Bytes that hold cells; an object, because it is handed on more cheaply than a buffer.

    `raw` are the same bytes, which `bytes` keeps where they are. Those from `size` on are no cells.
    """

    def __init__(self, source: bytes | bytearray) -> None:
        self.bytes: Bytes = source
        self.raw = source
        self.size = len(source)


class JsonText:
    """JSON text that grows at its end."""

    def __init__(self) -> None:
        self.size = 0
        self.take_room(bytearray(FIRST_SIZE))

    def decode(self) -> str:
        """The whole text. Raises UnicodeDecodeError when a stored text is not UTF-8."""
        return self.raw[: self.size].decode("utf-8")

    def clear(self) -> None:
        """Begin a new text in the room of this one, unless there is so much of it that it is to be
        given back.
        """
        self.size = 0
        if self.room > KEPT_SIZE_MAX:
            self.take_room(bytearray(FIRST_SIZE))

    def take_room(self, room: bytearray) -> None:
        """Write there from now on."""
        self.out = room
        self.text: WritableBytes = room
        self.raw = room
        self.room = len(room)

    def put(self, written: bytes) -> None:
        """Append text that is JSON already."""
        size = len(written)
        self.reserve(size)
        copy_bytes(written, 0, size, self.raw, self.size)
        self.size += size

    def reserve(self, size: int) -> None:
        """Make room for `size` bytes more."""
        if self.size + size > self.room:
            self.grow(self.size + size)

    def grow(self, size: int) -> None:
        """Move to room for `size` bytes in all, and as many more."""
        grown = bytearray(2 * size)
        grown[: self.size] = self.out[: self.size]
        self.take_room(grown)

    def separate(self) -> None:
        """Append a comma, unless nothing stands before what comes next."""
        if self.size and self.raw[self.size - 1] != ARRAY:
            self.put_comma()

    def put_comma(self) -> None:
        """Append one whatever stands before."""
        self.reserve(1)
        self.put_byte(COMMA)

    def open_row(self) -> None:
        """Begin the array of a row, which may follow another."""
        self.separate()
        self.reserve(1)
        self.put_byte(ARRAY)

    def close_row(self) -> None:
        """End it."""
        self.reserve(1)
        self.put_byte(ARRAY_END)

    def put_byte(self, character: int) -> None:
        """Append an ASCII character for which there is room."""
        self.raw[self.size] = character
        self.size += 1

    def put_null(self) -> None:
        self.put(b"null")

    def put_cell(self, tag: int, width: int, source: StoredBytes, at: int, length: int) -> None:
        """Append the cell of `length` bytes at `at`."""
        if tag in (TEXT, JSON):
            self.put_text(source, at, length)
        elif is_integer(tag):
            self.put_integer(source, at, width, tag <= INT64)
        elif tag == BOOLEAN:
            self.put(b"true" if source.bytes[at] else b"false")
        elif tag in (FLOAT32, FLOAT64):
            self.reserve(PRINTED_SIZE_MAX)
            self.size = print_float(width, source.bytes, at, self.text, self.size)
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
        """Append a string."""
        end = at + length
        if at < 0 or end < at or end > source.size:
            raise IndexError(PAST_END)
        self.reserve(ESCAPED_SIZE_MAX * length + CELL_SIZE_MAX)
        self.size = write_text(source, at, end, self.raw, self.size)

    def put_integer(self, source: StoredBytes, at: int, width: int, is_signed: bool) -> None:
        """Append a little-endian integer."""
        if at + width > source.size:
            raise IndexError(PAST_END)
        self.reserve(CELL_SIZE_MAX)
        self.size = write_integer(source, at, width, is_signed, self.raw, self.size)


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
        end = text.size  # known here, and not asked of the text again after each byte written
        for i in range(len(self.order)):
            column = self.order[i]
            tag, width = self.layout[3 * column], self.layout[3 * column + 1]
            start = self.starts[column]
            length = 0 if start < 0 else self.ends[column] - start
            if end + ESCAPED_SIZE_MAX * length + CELL_SIZE_MAX > text.room:
                text.size = end
                text.reserve(ESCAPED_SIZE_MAX * length + CELL_SIZE_MAX)
            if i:
                text.raw[end] = COMMA
                end += 1
            if start < 0:
                text.size = end
                text.put_null()
                end = text.size
            elif tag in (TEXT, JSON):
                end = write_text(page, start, start + length, text.raw, end)
            elif is_integer(tag):
                end = write_integer(page, start, width, tag <= INT64, text.raw, end)
            else:
                text.size = end
                text.put_cell(tag, width, page, start, length)
                end = text.size
        text.size = end
        text.close_row()
        return 0

    def locate(self, page: StoredBytes, at: int) -> int:
        """Find where each cell is, -1 for NULL; 0, or -1 - the place of the damage."""
        size = page.size
        if at + 2 > size:
            return -1 - at
        length = page.raw[at] | page.raw[at + 1] << 8
        end = at + 2 + length
        if length == 0 or end > size:
            return -1 - at
        at += 2
        for column in range(len(self.layout) // 3):
            if self.layout[3 * column + 2]:
                if at >= end:
                    return -1 - at
                at += 1
                if page.raw[at - 1] == 0:
                    self.starts[column] = -1
                    continue
            width = self.layout[3 * column + 1]
            if width == 0:
                if at + 2 > end:
                    return -1 - at
                width = page.raw[at] | page.raw[at + 1] << 8
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
        self.source = StoredBytes(pointed_to(data)[0])
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


def write_text(source: StoredBytes, at: int, stop: int, out: WritableBytes, end: int) -> int:
    """Write the string that is stored from `at` to `stop`, escaping what must be; gives the new
    end.

        source  A n n _ s a y s | _ " h i " ...        eight bytes of it at a time
        text    A n n _ s a y s   _ \\ " h i \\ "       whole up to the first escape

    Eight bytes are written even where fewer stay, because one step costs less than a choice.
    """
    out[end] = QUOTE
    end += 1
    while at < stop:
        word = word_at(source, at)
        put_word(out, end, word)
        plain = plain_bytes(word)
        if plain >= stop - at:
            end += stop - at
            break
        end += plain
        at += plain
        if plain < WORD_SIZE:
            end = write_escape(source.raw[at], out, end)
            at += 1
    out[end] = QUOTE
    return end + 1


def write_escape(character: int, out: WritableBytes, end: int) -> int:
    """Write a quote, backslash or control character; gives the new end."""
    out[end] = BACKSLASH
    if character in (QUOTE, BACKSLASH):
        out[end + 1] = character
        return end + 2
    if character >= 8 and character <= 13 and character != 11:
        out[end + 1] = SHORT_ESCAPES[character - 8]
        return end + 2
    out[end + 1] = SMALL_U
    out[end + 2] = out[end + 3] = ZERO
    out[end + 4] = ZERO + (character >> 4)
    out[end + 5] = HEX_DIGITS[character & 15]
    return end + ESCAPED_SIZE_MAX


def write_integer(
    source: StoredBytes, at: int, width: int, is_signed: bool, out: WritableBytes, end: int
) -> int:
    """Write a little-endian integer; gives the new end."""
    value = integer_at(source, at, width)
    half = 1
    half <<= 8 * width - 1
    if is_signed and value >= half:
        out[end] = MINUS
        end += 1
        value = half - (value - half)
    return print_number(value, out, end)


def word_at(source: StoredBytes, at: int) -> int:
    """The eight bytes at `at` as a little-endian number, zeros for those that there are not."""
    value = 0
    if at + WORD_SIZE <= source.size:
        for i in range(7, -1, -1):  # a loop of known length becomes a single load
            value = value << 8 | source.raw[at + i]
    else:
        for i in range(source.size - 1, at - 1, -1):
            value = value << 8 | source.raw[i]
    return value


def integer_at(source: StoredBytes, at: int, width: int) -> int:
    """The little-endian integer of so many bytes at `at`, as if it were unsigned."""
    unused = 64 - 8 * width
    return (word_at(source, at) << unused & WORD) >> unused


def put_word(out: WritableBytes, at: int, word: int) -> None:
    """Write eight bytes, of which a compiler makes a single store."""
    for i in range(8):
        out[at + i] = word >> 8 * i & 0xFF


def is_plain(source: StoredBytes, start: int, stop: int) -> bool:
    """Whether there is no character to be escaped between two places, eight of them at a time."""
    if start < 0 or stop > source.size:
        raise IndexError("offsets")
    while start < stop:
        if plain_bytes(word_at(source, start)) < min(WORD_SIZE, stop - start):
            return False
        start += WORD_SIZE
    return True


def plain_bytes(word: int) -> int:
    """How many bytes of a little-endian word stand before the first one to be escaped.

    All eight are tested at once. A byte less 32 has the high bit if it was below 32. A byte less 1
    has it if it was 0, as that of a quote is after XOR with quotes. Bytes that had the high bit
    before need no escape. Only a byte that is found borrows from the next, so the first is right.

        41 22 c3 a9      A " é, the first byte in front
        63 00 e1 8b      XOR 22
        62 ff df 8a      less 01 each, of which the quote borrowed one from c3
        00 80 00 00      the high bits that the text had not
    """
    low = word - SPACES | (word ^ QUOTES) - ONES | (word ^ BACKSLASHES) - ONES
    found = low & ~word & HIGH_BITS
    if found == 0:
        return WORD_SIZE
    count = 0
    while found & 0x80 == 0:
        found >>= 8
        count += 1
    return count
