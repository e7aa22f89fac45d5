"""A disk that remembers all that is done to it, what a power loss would leave of that, and that
fails on demand: the one way faults enter the tests.

    disk = CrashDisk()
    Store(disk.memory, disk.log)            ... works on it
    for point in disk.crash_points():       the disk after 0, 1, 2, ... operations
        point.image(random)                 one of the many states it may be found in then
    disk.image()                            what a new process finds when only the process died
    disk.fail(after=3, kinds={"flush"})     the fourth flush from here fails

The two files of a database share one journal, and every operation, reads included, is numbered in
it. What was flushed survives. Each later write, growth and truncation of that file survives by
itself: wholly, not at all, or torn.

    write      ▓▓▓▓░░░░▓▓▓▓      some runs of 512-byte sectors are new, the others as before
    growth     ▓▓▓▓0000????      a file that became longer holds zeros where data is missing, or,
                                 in a log, what it once held there, or noise
    truncate   ▓▓▓▓▓▓            the file may end anywhere between the new and the old end

A memory always has whole pages, which is what MemoryProvider promises. The removal of a log does
not tear. An operation that fails has done nothing, but for a write, which has put down its first
half.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import xxhash

from wasidb_memory import PAGE_SIZE, HeapLog, HeapMemory, StorageFailed
from wasidb_memory.log import joined
from wasidb_memory.provider import Bytes

SECTOR_SIZE = 512
CUTS_MAX = 4

Kind = Literal["read", "write", "append", "grow", "truncate", "flush", "remove"]
File = Literal["memory", "log"]

KINDS: Collection[Kind] = get_args(Kind)
GROWTH: Collection[Kind] = {"append", "grow"}
"""What a full disk refuses."""


@dataclass(frozen=True, slots=True)
class Image:
    """The content of both files at one moment."""

    memory: bytes = b""
    log: bytes = b""

    def digest(self) -> bytes:
        """Equal for equal images, and for no others that a test will ever see."""
        return digest_of(self.memory) + digest_of(self.log)


def digest_of(content: Bytes) -> bytes:
    """A name for this content."""
    return xxhash.xxh3_128_digest(content)


@dataclass(frozen=True, slots=True)
class Operation:
    """`data` put at `offset`, or, for a truncation, the file ended there."""

    file: File
    kind: Kind
    offset: int = 0
    data: bytes = b""

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


class CrashDisk:
    """A memory and a log, on a disk that holds `start` to begin with, flushed."""

    def __init__(self, start: Image | None = None) -> None:
        self.start = start or Image()
        self.journal: list[Operation] = []
        self.memory = CrashMemory(self, self.start.memory)
        self.log = CrashLog(self, self.start.log)
        self.failures: list[Operation] = []
        self._doomed: Collection[Kind] = ()
        self._remaining = 0
        self._is_lasting = False

    def image(self) -> Image:
        """All content, flushed or not."""
        return Image(self.memory.content(), self.log.content())

    def crash_points(self) -> Iterator["CrashPoint"]:
        """The disk before the first operation, and after each that changed anything.

        One object, taken through time: use it before asking for the next.
        """
        point = CrashPoint(self.start)
        yield point
        for operation in self.journal:
            point.follow(operation)
            if operation.kind != "read":
                yield point

    def fail(
        self, *, after: int, kinds: Collection[Kind] = KINDS, is_lasting: bool = False
    ) -> None:
        """Let `after` more operations of these kinds succeed, not the next; or, with `is_lasting`,
        none that follows until `heal`.
        """
        self._doomed, self._remaining, self._is_lasting = kinds, after, is_lasting

    def heal(self) -> None:
        self._doomed = ()

    def perform(self, operation: Operation) -> None:
        """Note the operation, or raise StorageFailed when it is the one to fail."""
        if operation.kind in self._doomed:
            if self._remaining == 0:
                self.failures.append(operation)
                if not self._is_lasting:
                    self.heal()
                raise StorageFailed(f"{operation.kind} of the {operation.file} failed on purpose")
            self._remaining -= 1
        self.journal.append(operation)


class CrashMemory(HeapMemory):
    """The MemoryProvider of a CrashDisk."""

    def __init__(self, disk: CrashDisk, content: bytes) -> None:
        super().__init__(content)
        self._disk = disk

    def content(self) -> bytes:
        """All bytes, without an operation."""
        return super().read(0, self.size())

    def grow(self, pages: int) -> int:
        self._disk.perform(Operation("memory", "grow", self.size(), bytes(pages * PAGE_SIZE)))
        return super().grow(pages)

    def append(self, frames: Sequence[Bytes]) -> int:
        self._disk.perform(Operation("memory", "append", self.size(), b"".join(frames)))
        return super().append(frames)

    def truncate(self, pages: int) -> None:
        self._disk.perform(Operation("memory", "truncate", pages * PAGE_SIZE))
        super().truncate(pages)

    def read(self, offset: int, length: int) -> bytes:
        self._disk.perform(Operation("memory", "read"))
        return super().read(offset, length)

    def write(self, offset: int, data: Bytes) -> None:
        try:
            self._disk.perform(Operation("memory", "write", offset, bytes(data)))
        except StorageFailed:
            super().write(offset, data[: len(data) // 2])
            raise
        super().write(offset, data)

    def flush(self) -> None:
        self._disk.perform(Operation("memory", "flush"))


class CrashLog(HeapLog):
    """The LogStorage of a CrashDisk, which keeps what was there when the log begins anew."""

    def __init__(self, disk: CrashDisk, content: bytes) -> None:
        super().__init__(content)
        self._disk = disk

    def content(self) -> bytes:
        """All bytes, without an operation."""
        return super().read(0, self.size())

    def read(self, offset: int, length: int) -> bytes:
        self._disk.perform(Operation("log", "read"))
        return super().read(offset, length)

    def append(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        content = joined(pieces)
        self._disk.perform(Operation("log", "append", self.size(), content))
        super().append([(0, content)])

    def erase(self, size: int) -> None:
        self._disk.perform(Operation("log", "write", 0, bytes(size)))
        super().erase(size)

    def flush(self) -> None:
        self._disk.perform(Operation("log", "flush"))

    def remove(self) -> None:
        self._disk.perform(Operation("log", "remove"))
        super().remove()


class CrashPoint:
    """The disk after `number` operations: what is safe, and what the next power loss may take."""

    def __init__(self, start: Image) -> None:
        self.number = 0
        self._memory = UnsafeFile(start.memory, granule=PAGE_SIZE, is_noisy=False)
        self._log = UnsafeFile(start.log, granule=SECTOR_SIZE, is_noisy=True)

    def follow(self, operation: Operation) -> None:
        """Move behind the next operation."""
        self.number += 1
        (self._memory if operation.file == "memory" else self._log).follow(operation)

    @property
    def is_settled(self) -> bool:
        """Whether everything was flushed, so that only one image is possible."""
        return self._memory.is_settled and self._log.is_settled

    def image(self, chance: random.Random) -> Image:
        """What a power loss leaves, as chance has it."""
        return Image(self._memory.survivors(chance), self._log.survivors(chance))

    def killed(self) -> Image:
        """What the next process finds when only this one has died."""
        return Image(self._memory.content(), self._log.content())


class UnsafeFile:
    """What a file held at its last flush, and the operations since then.

    Its size is a multiple of `granule` unless all of an operation survives.
    """

    def __init__(self, content: bytes, *, granule: int, is_noisy: bool) -> None:
        self._safe = bytearray(content)
        self._once = bytearray(content)
        self._pending: list[Operation] = []
        self._granule = granule
        self._is_noisy = is_noisy

    @property
    def is_settled(self) -> bool:
        return not self._pending

    def follow(self, operation: Operation) -> None:
        if operation.kind == "flush":
            for pending in self._pending:
                put(self._safe, pending)
            self._pending.clear()
        elif operation.kind != "read":
            self._pending.append(operation)
            if operation.kind not in ("truncate", "remove"):
                put(self._once, operation)

    def content(self) -> bytes:
        """All of it, flushed or not."""
        content = bytearray(self._safe)
        for operation in self._pending:
            put(content, operation)
        return bytes(content)

    def survivors(self, chance: random.Random) -> bytes:
        """One content that the medium may be left with; often all of it, or nothing since the
        flush.
        """
        content = bytearray(self._safe)
        lost, torn = chance.choice([(0, 0), (1, 0), (0, 1), (0.2, 0.1), (0.5, 0.2), (0.3, 0.6)])
        for operation in self._pending:
            fate = chance.random()
            if fate < lost:
                continue
            if fate >= lost + torn:
                self._lengthen(content, operation.offset, chance)
                put(content, operation)
            elif operation.kind == "truncate":
                del content[self._between(operation.offset, len(content), chance) :]
            elif operation.kind != "remove":
                self._tear(content, operation, chance)
        return bytes(content)

    def _tear(self, content: bytearray, operation: Operation, chance: random.Random) -> None:
        """Make the file longer, perhaps, and put some runs of sectors where they belong."""
        if operation.end > len(content):
            self._lengthen(content, self._between(len(content), operation.end, chance), chance)
        end = min(operation.end, len(content))
        if end <= operation.offset:
            return
        sectors = range(operation.offset // SECTOR_SIZE, -(-end // SECTOR_SIZE) + 1)
        cuts = sorted(chance.choices(sectors, k=chance.randint(1, CUTS_MAX)))
        for first, last in zip(cuts[::2], [*cuts[1::2], sectors[-1]], strict=False):
            start = max(first * SECTOR_SIZE, operation.offset)
            stop = max(start, min(last * SECTOR_SIZE, end))
            data = operation.data[start - operation.offset : stop - operation.offset]
            content[start:stop] = data

    def _lengthen(self, content: bytearray, size: int, chance: random.Random) -> None:
        """Let the file end at `size`, if it is shorter, with bytes nobody has put there now."""
        start = len(content)
        missing = max(size - start, 0)
        filling = b""
        if missing and self._is_noisy:
            noise = chance.randbytes(SECTOR_SIZE)[:missing]
            filling = chance.choice([b"", bytes(self._once[start:size]), noise])
        content += filling.ljust(missing, b"\0")

    def _between(self, low: int, high: int, chance: random.Random) -> int:
        """A size from `low` to `high` that the file can have."""
        steps = max(high - low, 0) // self._granule
        size = low + chance.randint(0, steps) * self._granule
        return high if high - size < self._granule else size


def put(content: bytearray, operation: Operation) -> None:
    """Do the whole operation; a gap before the data reads as zeros."""
    if operation.kind in ("truncate", "remove"):
        del content[operation.offset :]
    else:
        content.extend(bytes(max(operation.offset - len(content), 0)))
        content[operation.offset : operation.end] = operation.data
