"""A memory provider that fails on demand: the one way faults enter the tests.

memory.fail("write", after=3)       the fourth write fails, and every one behind it
memory.heal()                       from here on nothing fails
memory.crash()                      what survives: everything written before the last flush
"""

from collections import Counter
from typing import Literal

from wasidb_memory import HeapMemory, StorageFailed

Operation = Literal["grow", "write", "flush", "read"]


class FaultyMemory(HeapMemory):
    """Heap memory whose operations can be made to fail, and which remembers what was flushed."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(content)
        self.counts: Counter[Operation] = Counter()
        self._flushed = content
        self._doomed: Operation | None = None
        self._remaining = 0

    def fail(self, operation: Operation, *, after: int) -> None:
        """Let `after` more operations of this kind succeed and none of those that follow."""
        self._doomed, self._remaining = operation, after

    def heal(self) -> None:
        self._doomed = None

    def crash(self) -> "FaultyMemory":
        """The memory as a new process finds it when nothing unflushed has survived."""
        return FaultyMemory(self._flushed)

    def content(self) -> bytes:
        """All bytes, flushed or not."""
        return super().read(0, self.size())

    def grow(self, pages: int) -> int:
        self._count("grow")
        return super().grow(pages)

    def read(self, offset: int, length: int) -> bytes:
        self._count("read")
        return super().read(offset, length)

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self._count("write")
        super().write(offset, data)

    def flush(self) -> None:
        self._count("flush")
        self._flushed = self.content()

    def _count(self, operation: Operation) -> None:
        self.counts[operation] += 1
        if operation != self._doomed:
            return
        if self._remaining == 0:
            raise StorageFailed(f"{operation} failed on purpose")
        self._remaining -= 1
