"""Memory on the heap: gone when the process ends. For tests and for databases that need no file."""

from collections.abc import Sequence

from wasidb_memory.provider import PAGE_SIZE, Bytes, check_bounds, check_growth


class HeapMemory:
    """A MemoryProvider over a bytearray."""

    def __init__(self, content: bytes = b"") -> None:
        self._bytes = bytearray(content)

    def size(self) -> int:
        return len(self._bytes)

    def pages(self) -> int:
        return len(self._bytes) // PAGE_SIZE

    def grow(self, pages: int) -> int:
        before = self.pages()
        check_growth(pages, before)
        self._bytes.extend(bytes(pages * PAGE_SIZE))
        return before

    def append(self, frames: Sequence[Bytes]) -> int:
        before = self.pages()
        check_growth(len(frames), before)
        self._bytes += b"".join(frames)
        return before

    def truncate(self, pages: int) -> None:
        del self._bytes[pages * PAGE_SIZE :]

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, len(self._bytes))
        return bytes(memoryview(self._bytes)[offset : offset + length])

    def write(self, offset: int, data: Bytes) -> None:
        check_bounds(offset, len(data), len(self._bytes))
        self._bytes[offset : offset + len(data)] = data

    def flush(self) -> None:
        """Nothing to do: the heap never outlives the process."""

    def close(self) -> None:
        """Nothing to release."""
