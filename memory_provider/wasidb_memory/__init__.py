"""Where a database's bytes live: protocols, and implementations on the heap and in files."""

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
from wasidb_memory.scratch import FileScratch, HeapScratch, OpenScratch, Scratch, ScratchFiles

__all__ = [
    "PAGES_MAX",
    "PAGE_SIZE",
    "FileLog",
    "FileMemory",
    "FileScratch",
    "HeapLog",
    "HeapMemory",
    "HeapScratch",
    "LogStorage",
    "MemoryProvider",
    "NotAPageFile",
    "OpenScratch",
    "OutOfBounds",
    "ProviderError",
    "Scratch",
    "ScratchFiles",
    "StorageFailed",
]
