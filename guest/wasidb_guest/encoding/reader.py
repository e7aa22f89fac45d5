"""A cursor over bytes from a file, which are hostile until proven sound.

Every read is checked against the end of the part being read; what does not fit or makes no sense is
reported as `Corrupted` with the page, the offset in the page, and the name of the field. Whoever
decodes a structure therefore writes its fields down in order and gets the checks for free:

    reader = Reader(frame, page=3)
    version = reader.u8("version")
    name = reader.str8("table name")
    column = reader.part(reader.u16("column size"), "column")   # ends where the column ends

Text of the form `str8` is one length byte and that many bytes of UTF-8. Integers are little-endian.
"""

from typing import Any

from wasidb_guest.errors import Corrupted


class Reader:
    """Reads one field after the other from `buffer[offset:end]`; `buffer` is page number `page`."""

    __slots__ = ("buffer", "end", "offset", "page")

    def __init__(self, buffer: Any, page: int, offset: int = 0, end: int | None = None) -> None:
        self.buffer = buffer
        self.page = page
        self.offset = offset
        self.end = len(buffer) if end is None else end

    def corrupted(self, what: str, offset: int | None = None) -> Corrupted:
        """The error for `what` is wrong at `offset`, by default where the cursor stands."""
        return Corrupted(self.page, self.offset if offset is None else offset, what)

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes."""
        start = self.offset
        if size > self.end - start:
            raise self.corrupted(f"{what} needs {size} bytes, {self.end - start} are left")
        self.offset = start + size
        return bytes(self.buffer[start : self.offset])

    def u8(self, what: str) -> int:
        return self.take(1, what)[0]

    def u16(self, what: str) -> int:
        return int.from_bytes(self.take(2, what), "little")

    def u32(self, what: str) -> int:
        return int.from_bytes(self.take(4, what), "little")

    def u64(self, what: str) -> int:
        return int.from_bytes(self.take(8, what), "little")

    def flag(self, what: str) -> bool:
        """One byte that is 0 or 1."""
        value = self.u8(what)
        if value > 1:
            raise self.corrupted(f"{what} is {value} instead of 0 or 1", self.offset - 1)
        return value == 1

    def str8(self, what: str) -> str:
        start = self.offset
        encoded = self.take(self.u8(what), what)
        try:
            return encoded.decode()
        except UnicodeDecodeError:
            raise self.corrupted(f"{what} is not UTF-8 text", start) from None

    def part(self, size: int, what: str) -> "Reader":
        """A reader of the next `size` bytes alone; this one continues behind them."""
        start = self.offset
        self.take(size, what)
        return Reader(self.buffer, self.page, start, self.offset)

    def expect_end(self, what: str) -> None:
        """Refuse bytes that are left: nothing that is stored may be overlooked."""
        if self.offset < self.end:
            raise self.corrupted(f"{what} ends {self.end - self.offset} bytes early")


def str8(text: str) -> bytes:
    """`text` as one length byte and UTF-8; its size is the caller's promise."""
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded
