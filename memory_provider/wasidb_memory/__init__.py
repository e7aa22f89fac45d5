"""Where a database's bytes live: a protocol, and implementations on the heap and in a file."""

from wasidb_memory.file import FileMemory
from wasidb_memory.heap import HeapMemory
from wasidb_memory.log import FileLog, HeapLog, LogStorage
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
    "FileLog",
    "FileMemory",
    "HeapLog",
    "HeapMemory",
    "LogStorage",
    "MemoryProvider",
    "NotAPageFile",
    "OutOfBounds",
    "ProviderError",
    "StorageFailed",
]
