"""Batches kept for later, in the order in which they came.

StoredBatches   on scratch: a batch is all its buffers back to back; what they are is known here
Spool           in memory up to so many bytes; as soon as there are more, all on scratch"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wasidb_guest.pages.cache import provider_failures
from wasidb_guest.query.batches import size_of
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector
from wasidb_memory import OpenScratch, ProviderError, Scratch


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """Where a batch stands; `sizes` are those of three buffers a column, None for one it lacks."""

    names: Sequence[str]
    types: tuple[DataType, ...]
    count: int
    sizes: tuple[int | None, ...]
    offset: int


class StoredBatches:
    """Batches on scratch, to be read any number of times. Raises MemoryFailed."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._stored: list[StoredBatch] = []

    def __iter__(self) -> Iterator[Batch]:
        return map(self.read, range(len(self._stored)))

    def __len__(self) -> int:
        return len(self._stored)

    def add(self, batch: Batch) -> None:
        """Write a batch behind the others."""
        buffers = [
            buffer
            for vector in batch.vectors
            for buffer in (vector.data, vector.offsets, vector.validity)
        ]
        with provider_failures("put rows aside"):
            offset = self._scratch.append(b"".join(each for each in buffers if each is not None))
        types = tuple(vector.type for vector in batch.vectors)
        sizes = tuple(None if each is None else memoryview(each).nbytes for each in buffers)
        self._stored.append(StoredBatch(batch.names, types, batch.count, sizes, offset))

    def read(self, number: int) -> Batch:
        """One of the batches."""
        stored = self._stored[number]
        with provider_failures("read rows put aside"):
            size = sum(size or 0 for size in stored.sizes)
            content = self._scratch.read(stored.offset, size)
        buffers = _split(content, stored.sizes)
        vectors = []
        for data_type in stored.types:
            data, offsets, validity = next(buffers), next(buffers), next(buffers)
            offsets = None if offsets is None else memoryview(offsets).cast("i")
            vectors.append(Vector(data_type, stored.count, data, offsets, validity))
        return Batch(stored.names, vectors, stored.count)


class Spool:
    """Batches in memory as long as they take no more than `memory` bytes. Raises MemoryFailed.

    `count` is that of their rows."""

    def __init__(self, open_scratch: OpenScratch, memory: int) -> None:
        self._open_scratch = open_scratch
        self._memory = memory
        self._size = 0
        self.count = 0
        self._held: list[Batch] = []
        self._scratch: Scratch | None = None
        self._stored: StoredBatches | None = None

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._held) if self._stored is None else iter(self._stored)

    def add(self, batch: Batch) -> None:
        """Put a batch behind the others."""
        self.count += batch.count
        if self._stored is not None:
            self._stored.add(batch)
            return
        self._held.append(batch)
        self._size += size_of(batch)
        if self._size > self._memory:
            with provider_failures("put rows aside"):
                self._scratch = self._open_scratch()
            self._stored = StoredBatches(self._scratch)
            for each in self._held:
                self._stored.add(each)
            self._held.clear()

    def close(self) -> None:
        """Drop the rows; a file that cannot be removed is left to the next opening."""
        self._held.clear()
        if self._scratch is not None:
            with suppress(ProviderError):
                self._scratch.close()


def _split(content: bytes, sizes: Sequence[int | None]) -> Iterator[Any]:
    """The buffers that lie back to back."""
    at = 0
    for size in sizes:
        yield None if size is None else content[at : at + size]
        at += size or 0
