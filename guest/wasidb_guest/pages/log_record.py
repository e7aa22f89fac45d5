"""A record of the redo log, made from the pages that a commit has changed. A kernel.

    record   u64 body size | u32 CRC-32C of salt, u64 number of the record, body | body
    body     u64 page count after the commit | u64 zeroed until | patches
    patch    u32 page | u16 offset | u16 size - 1 | the bytes that changed, but zeros

    dirty lines of page 8      1 1 . . . . 1 1 1 1 1 1 1 1 1 . . .
    patches                    |0, 96      |384       |768, 192
                               compared: what was the same is left out
    spans of page 9            64 to 72, 288 to 296
    patches                    |64, 8    |288, 8             as they are

What the numbers mean, and what becomes of a record, is in `pages.redo_log`. A page's patches are
found and written in one call: a commit of one row makes a record of three pages, and has to wait
for each step. A large record is in pieces, of which all but the first can be written to the log,
and forgotten, before the next one is made: what many pages have changed takes no memory.
"""

from collections.abc import Callable, Mapping
from struct import Struct

from wasidb_guest.encoding.checksum import ALL_ONES, advance
from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.pages import layout
from wasidb_guest.pages.difference import find_differences
from wasidb_guest.pages.dirty_lines import Change, Lines, count_lines
from wasidb_guest.pages.frame import Frame
from wasidb_guest.vectors import Bytes

RECORD = Struct("<QI")
BODY = Struct("<QQ")
PATCH = Struct("<IHH")
ZEROS = 1 << 31
"""Added to the page of a patch whose bytes are zeros, which do not follow."""
SEQUENCE = Struct("<Q")

# Bytes of a page that go to the log without a look at what they were: comparing a few lines costs
# more than a few bytes in the log.
COMPARED_MIN = 256

BODY_AT, PATCHES_AT, PATCH_SIZE = RECORD.size, RECORD.size + BODY.size, PATCH.size
WORD_SIZE, GAP_WORDS, PAGE_SIZE = layout.WORD_SIZE, layout.GAP_WORDS, layout.PAGE_SIZE
JOINED_MAX = WORD_SIZE * GAP_WORDS
LINE_SIZE, LINE_COUNT = layout.LINE_SIZE, layout.LINE_COUNT
# A line begins this many patches at most.
LINE_PATCHES = LINE_SIZE // WORD_SIZE // (GAP_WORDS + 1) + 1
# Of the ranges in which a page may differ.
RANGES_SIZE = 8 * (layout.PAGE_SIZE // WORD_SIZE // GAP_WORDS + 1)
NO_WORDS = memoryview(bytearray()).cast("Q")
NO_RANGES = memoryview(bytearray()).cast("i")
# Every piece is a write. The first one begins with room for a row, and is copied to four times the
# room while that takes less than a write; those that follow have all that a write takes at once.
ROOM, COPIED_MAX, PIECE_SIZE = 1 << 11, 1 << 17, 1 << 20
GROWTH = 4


class LogRecord:
    """A record, that of a number in the log with a salt, which takes up one changed page after the
    other. `pieces` are those that nothing is added to any more, and where in the record they begin.
    """

    def __init__(self, page_count: int, zeroed_until: int, salt: bytes, sequence: int) -> None:
        self.pieces: list[tuple[int, bytearray]] = []
        self.first = self.content = bytearray(ROOM)
        BODY.pack_into(self.content, BODY_AT, page_count, zeroed_until)
        numbered = salt + SEQUENCE.pack(sequence)
        self.checksum = advance(numbered, 0, len(numbered), ALL_ONES)
        self.raw = self.content
        self.size = PATCHES_AT
        self.ended = 0
        self.ranges = NO_RANGES
        self.before = self.after = NO_WORDS

    def add_pages(
        self,
        numbers: list[int],
        first: int,
        changed: Mapping[int, Change],
        before: Callable[[int], bytes | Frame | None],
        after: Mapping[int, Frame],
    ) -> int:
        """Take up pages from `first` on until a piece is ended; the first one left of `numbers`."""
        place = first
        while place < len(numbers) and not self.pieces:
            number = numbers[place]
            change = changed[number]
            if isinstance(change, tuple):
                starts, ends, are_zeros = change
                if are_zeros:
                    self.add_zeros(number, starts, ends)
                else:
                    self.add_spans(number, starts, ends, after[number])
            else:
                self.add(number, change, before(number), after[number])
            place += 1
        return place

    def add(self, number: int, lines: Lines, before: bytes | Frame | None, after: Frame) -> None:
        """Take up the bytes of a page's dirty lines, as far as they differ from those before; as
        they are, if they are few or nobody has those.
        """
        dirty, page, is_compared = lines, after, False
        if before is not None and count_lines(lines) * LINE_SIZE > COMPARED_MIN:
            is_compared = True
            self.before = memoryview(before).cast("Q")
            self.after = memoryview(after).cast("Q")
        first = 0
        while first < LINE_COUNT:
            if not dirty[first >> 3] >> (first & 7):
                first = (first | 7) + 1
                continue
            if not dirty[first >> 3] >> (first & 7) & 1:
                first += 1
                continue
            last = first + 1
            while last < LINE_COUNT and dirty[last >> 3] >> (last & 7) & 1:
                last += 1
            self.reserve((last - first) * (LINE_SIZE + LINE_PATCHES * PATCH_SIZE))
            start, end = first * LINE_SIZE, last * LINE_SIZE
            if is_compared:
                self.compare(number, page, start, end)
            else:
                self.put_patch(number, page, start, end, True)
            first = last

    def add_spans(self, number: int, starts: memoryview, ends: memoryview, after: Frame) -> None:
        """Take up ascending spans of a page as they are; of those that lie close together one patch
        is made.
        """
        page, maybe_zeros = after, False
        # Of spans that nobody has looked at for long a processor waits for many at once here.
        for i in range(len(starts)):
            start, end = starts[i], ends[i]
            if start < 0 or end < start or end > PAGE_SIZE:
                raise IndexError("a span runs past the end of its page")
            if start < end and page[start] == 0:
                maybe_zeros = True
        end = -1
        for i in range(len(starts)):
            if starts[i] == ends[i]:
                continue
            if end < 0:
                start = starts[i]
            elif starts[i] - end > JOINED_MAX:
                self.put_span(number, page, start, end, maybe_zeros)
                start = starts[i]
            end = ends[i]
        if end >= 0:
            self.put_span(number, page, start, end, maybe_zeros)

    def add_zeros(self, number: int, starts: memoryview, ends: memoryview) -> None:
        """Take up ascending spans of a page that are zeros now."""
        self.reserve(len(starts) * PATCH_SIZE)
        for i in range(len(starts)):
            start, end = starts[i], ends[i]
            if start < 0 or end > PAGE_SIZE:
                raise IndexError("a span runs past the end of its page")
            if start < end:
                self.put_head(number, start, end, True)

    def put_span(self, number: int, page: Bytes, start: int, end: int, maybe_zeros: bool) -> None:
        """Write a patch."""
        self.reserve(end - start + PATCH_SIZE)
        self.put_patch(number, page, start, end, maybe_zeros)

    def reserve(self, size: int) -> None:
        """Make room for `size` bytes more, side by side."""
        if self.size + size > len(self.content):
            if len(self.content) <= COPIED_MAX:
                self.content.extend(bytes(max(size, (GROWTH - 1) * len(self.content))))
            else:
                self.end_piece()
                self.content = bytearray(max(size, PIECE_SIZE))
                self.size = 0
            self.raw = self.content

    def end_piece(self) -> None:
        """Let what is written of a piece be all of it."""
        content = self.content
        del content[self.size :]
        begin = 0
        if content is self.first:
            begin = BODY_AT
        else:
            self.pieces.append((self.ended, content))
        self.checksum = advance(content, begin, self.size, self.checksum)
        self.ended += self.size

    def compare(self, number: int, page: Bytes, start: int, end: int) -> None:
        """Put a patch for every range between `start` and `end` in which the page differs."""
        first, last = start // WORD_SIZE, end // WORD_SIZE
        if not len(self.ranges):
            self.ranges = memoryview(bytearray(RANGES_SIZE)).cast("i")
        ranges = self.ranges
        found = find_differences(self.before, self.after, first, last, ranges)
        for i in range(found):
            first, last = ranges[2 * i] * WORD_SIZE, ranges[2 * i + 1] * WORD_SIZE
            self.put_patch(number, page, first, last, True)

    def put_patch(self, number: int, page: Bytes, start: int, end: int, maybe_zeros: bool) -> None:
        """Write a patch, for which there is room."""
        is_zero = maybe_zeros and has_zeros(page, start, end)
        self.put_head(number, start, end, is_zero)
        if not is_zero:
            copy_bytes(page, start, end - start, self.raw, self.size)
            self.size += end - start

    def put_head(self, number: int, start: int, end: int, is_zero: bool) -> None:
        """Write all of a patch but its bytes, for which there is room, too."""
        out, at, last = self.raw, self.size, end - start - 1
        out[at], out[at + 1] = number & 0xFF, number >> 8 & 0xFF
        out[at + 2], out[at + 3] = number >> 16 & 0xFF, number >> 24 | is_zero << 7
        out[at + 4], out[at + 5] = start & 0xFF, start >> 8
        out[at + 6], out[at + 7] = last & 0xFF, last >> 8
        self.size = at + PATCH_SIZE

    def take_pieces(self) -> list[tuple[int, bytearray]]:
        """The pieces that were ended since this was asked last."""
        pieces, self.pieces = self.pieces, []
        return pieces

    def finish(self) -> list[tuple[int, bytearray]]:
        """The same when nothing more is added, with the first piece, which begins at 0."""
        self.end_piece()
        RECORD.pack_into(self.first, 0, self.ended - BODY_AT, self.checksum ^ ALL_ONES)
        self.pieces.append((0, self.first))
        return self.pieces


def has_zeros(page: Bytes, start: int, end: int) -> bool:
    """Whether there are only zeros from `start` to `end`."""
    at = start
    while at + 8 <= end and not (
        page[at]
        | page[at + 1]
        | page[at + 2]
        | page[at + 3]
        | page[at + 4]
        | page[at + 5]
        | page[at + 6]
        | page[at + 7]
    ):
        at += 8
    while at < end and not page[at]:
        at += 1
    return at == end
