"""The memory provider: a growable array of bytes in pages of 64 KiB.

    byte   0        65,536    131,072              size
           ├─ page 0 ─┼─ page 1 ─┼─  ...  ─┼─ page n-1 ─┤

It is all the engine knows of the outside world, so every fault test is another implementation of
it. A provider promises:

  size    the number of bytes, always a multiple of 65,536
  grow    new pages read as zeros; after an error there are none
  append  new pages with content; after an error there are none
  read    exactly the bytes last written, flushed or not
  write   all or an error; the bytes are visible to `read` at once, durable only after `flush`
  flush   everything written before it survives a crash of the process, the system and the power

Nothing is promised about the order in which writes reach the medium before a flush, nor that a
single write reaches it whole. Errors are `ProviderError`s; after one of `write`, `grow` or `flush`
the content on the medium is unknown between the last flush and now.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

PAGE_SIZE = 65_536
PAGES_MAX = 1 << 31
"""The redo log has no more for the number of a page."""

Bytes: TypeAlias = bytes | bytearray | memoryview


class ProviderError(Exception):
    """What a memory provider can raise.

    ProviderError
    ├── OutOfBounds     a read, write or growth past what there is or can be
    ├── NotAPageFile    not something a database can be kept in
    └── StorageFailed   the operating system refused: no space, no permission, I/O error
    """


class OutOfBounds(ProviderError):
    """The bytes asked for lie outside the memory, or growth would exceed 2^32 pages."""


class NotAPageFile(ProviderError):
    """The path is no regular file, or its size is no multiple of the page size."""


class StorageFailed(ProviderError):
    """The operating system refused; the message carries its reason."""


class MemoryProvider(Protocol):
    """Bytes in pages; see the module's docstring for what each method promises."""

    def size(self) -> int:
        """Bytes held."""
        ...

    def pages(self) -> int:
        """Pages held: `size() // 65536`."""
        ...

    def grow(self, pages: int) -> int:
        """Append `pages` zero pages; give the page count before."""
        ...

    def append(self, frames: Sequence[Bytes]) -> int:
        """Append whole pages with this content; give the page count before."""
        ...

    def truncate(self, pages: int) -> None:
        """Give up all pages from number `pages` on, and what a crash has left of one more."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The `length` bytes at byte `offset`."""
        ...

    def write(self, offset: int, data: Bytes) -> None:
        """Put `data` at byte `offset`, within the current size."""
        ...

    def flush(self) -> None:
        """Make everything written so far durable."""
        ...

    def close(self) -> None:
        """Release what is held; closing twice is fine. Does not flush."""
        ...


def check_bounds(offset: int, length: int, size: int) -> None:
    """Raise OutOfBounds unless `length` bytes at `offset` lie within `size`."""
    if offset < 0 or length < 0 or offset + length > size:
        raise OutOfBounds(f"{length} bytes at offset {offset} lie outside a memory of {size} bytes")


def check_growth(pages: int, current: int) -> None:
    """Raise OutOfBounds unless `current + pages` is a possible page count."""
    if pages < 0 or current + pages > PAGES_MAX:
        raise OutOfBounds(f"cannot grow {current} pages by {pages}: the limit is {PAGES_MAX} pages")
