"""Keys of an index straight from JSON text. A kernel.

    [7]         01 00 00 00 | 05 00 00 00 | 0e 07 00 00 00           uint32, as a key
    ["Oslo"]    01 00 00 00 | 07 00 00 00 | 0b 04 00 4f 73 6c 6f     text
    [7, 300]    07 00 00 00 | 2c 01 00 00                            uint32, as the cells of many

Most look-ups have such parameters, one integer or one short text, or many integers, and to take
them apart as any JSON would take longer than to find the rows. What is written in another way, is
another value or no JSON at all is not for here: there is no key then, and whoever asks reads the
text as `api.parameters` does, which knows what to refuse.
"""

from wasidb_guest.vectors import Bytes, WritableBytes

INT8, INT64, TEXT, UINT8, UINT64 = 5, 8, 11, 12, 15
ARRAY, ARRAY_END, QUOTE, BACKSLASH, MINUS, COMMA = 91, 93, 34, 92, 45, 44
ZERO, NINE, SPACE = 48, 57, 32
ONE_COLUMN, SIZE_AT, TAG_AT, VALUE_AT, TEXT_AT = 1, 4, 8, 9, 11
TEXT_SIZE_MAX = 64
"""Bytes of a whole JSON text."""
DIGITS_MAX = 18
"""So many are a number of 64 bits, whichever they are."""
WORD = 0xFFFF_FFFF_FFFF_FFFF
NULL_TEXT = b'["Null"]'
"""A literal that is no text, see `query.literals`."""


class KeyText:
    """Writes keys whose only column has the type of value tag `tag`, for an integer of `width`
    bytes; no keys for types that are neither integer nor text.
    """

    def __init__(self, tag: int, width: int) -> None:
        self.is_text = tag == TEXT
        self.is_signed = INT8 <= tag <= INT64
        self.is_integer = self.is_signed or UINT8 <= tag <= UINT64
        self.width = width
        self.out = bytearray(TEXT_AT + TEXT_SIZE_MAX)
        self.raw: WritableBytes = self.out
        self.raw[0] = ONE_COLUMN
        self.raw[TAG_AT] = tag

    def key(self, text: str) -> bytes | None:
        """The key of the only value of a JSON array; None if it is to be read in another way."""
        try:
            source = text.encode()
        except UnicodeEncodeError:
            return None
        size = len(source)
        if size < 3 or size > TEXT_SIZE_MAX or source[0] != ARRAY or source[size - 1] != ARRAY_END:
            return None
        end = 0
        if self.is_integer:
            if self.write_integer(source, 1, size - 1, self.raw, VALUE_AT):
                self.raw[SIZE_AT] = 1 + self.width
                end = VALUE_AT + self.width
        elif self.is_text and source != NULL_TEXT:
            end = self.put_text(source, 1, size - 1)
        return bytes(self.raw[:end]) if end else None

    def cells(self, text: str) -> bytearray | None:
        """The cells of a JSON array of integers, side by side; None if it is to be read in another
        way.
        """
        try:
            source = text.encode()
        except UnicodeEncodeError:
            return None
        last = len(source) - 1
        if not self.is_integer or last < 2 or source[0] != ARRAY or source[last] != ARRAY_END:
            return None
        cells = bytearray(self.width * (source.count(b",") + 1))
        raw, out, to, at = source, cells, 0, 1
        while at <= last:
            if raw[at] == SPACE:
                at += 1
            end = at
            while end < last and raw[end] != COMMA:
                end += 1
            if not self.write_integer(raw, at, end, out, to):
                return None
            to += self.width
            at = end + 1
        return cells

    def write_integer(self, source: Bytes, at: int, end: int, out: WritableBytes, to: int) -> bool:
        """Write the cell of a number that is `source[at:end]`; whether it is one."""
        is_negative = at < end and source[at] == MINUS
        if is_negative:
            at += 1
        count = end - at
        if count <= 0 or count > DIGITS_MAX or (source[at] == ZERO and count > 1):
            return False
        value = 0
        for i in range(at, end):
            digit = source[i]
            if digit < ZERO or digit > NINE:
                return False
            value = value * 10 + (digit - ZERO)
        most = WORD >> (64 - 8 * self.width)
        if self.is_signed:
            most = (most >> 1) + is_negative
        if value > most or (is_negative and not self.is_signed):
            return False
        if is_negative:
            value = (0 - value) & WORD
        for i in range(self.width):
            out[to + i] = value >> 8 * i & 0xFF
        return True

    def put_text(self, source: bytes, at: int, end: int) -> int:
        """Write the column of the string that is `source[at:end]`; where it ends, 0 for none."""
        if end - at < 2 or source[at] != QUOTE or source[end - 1] != QUOTE:
            return 0
        size = end - at - 2
        for i in range(size):
            character = source[at + 1 + i]
            if character < SPACE or character in (QUOTE, BACKSLASH):
                return 0
            self.raw[TEXT_AT + i] = character
        self.raw[SIZE_AT] = 3 + size
        self.raw[VALUE_AT] = size
        self.raw[VALUE_AT + 1] = 0
        return TEXT_AT + size
