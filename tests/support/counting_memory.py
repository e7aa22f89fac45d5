"""Memory that counts the pages that are read."""

from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_memory import HeapMemory


class CountingMemory(HeapMemory):
    """`pages_read` can be set back."""

    def __init__(self) -> None:
        super().__init__()
        self.pages_read = 0

    def read(self, offset: int, length: int) -> bytes:
        self.pages_read += length // PAGE_SIZE
        return super().read(offset, length)
