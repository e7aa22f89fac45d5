"""Where a database's bytes live: a protocol, and implementations on the heap and in a file."""

from wasidb_memory.file import FileMemory
from wasidb_memory.heap import HeapMemory
from wasidb_memory.provider import (
    PAGE_SIZE,
    PAGES_MAX,
    MemoryProvider,
    NotAPageFile,
    OutOfBounds,
    ProviderError,
    StorageFailed,
)

__all__ = [
    "PAGES_MAX",
    "PAGE_SIZE",
    "FileMemory",
    "HeapMemory",
    "MemoryProvider",
    "NotAPageFile",
    "OutOfBounds",
    "ProviderError",
    "StorageFailed",
]
