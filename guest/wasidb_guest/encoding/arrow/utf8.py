"""Whether strings are UTF-8, each for itself."""

import codecs

from wasidb_guest.encoding.arrow.contents import Strings
from wasidb_guest.encoding.arrow.offsets import splits_character

DECODING_STEP = 1 << 20

UTF8_DECODER = codecs.getincrementaldecoder("utf-8")


def first_not_utf8(cells: Strings) -> int:
    """The first row whose cell is not UTF-8; -1 means no row."""
    if _is_utf8(cells.data) and not splits_character(cells.data, cells.offsets):
        return -1
    rows = range(len(cells.offsets) - 1)
    return next(row for row in rows if not _is_utf8(cells.cell(row)))


def _is_utf8(data: memoryview) -> bool:
    """Whether the bytes are UTF-8; decodes piece by piece to need little memory."""
    decoder = UTF8_DECODER()
    try:
        for start in range(0, len(data), DECODING_STEP):
            decoder.decode(data[start : start + DECODING_STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
