"""Page 0, the schema registry: the hash of all definitions and where each table's structures are.

    u64 schema hash | u64 table count | entries
    entry   u64 fingerprint | u32 snapshot | u32 page ledger | u32 free segments | u32 index ledger
            u8 1 | u32 autoincrement ledger, or u8 0

A page of zeros is a registry without tables; its hash is zero too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wasidb_guest.encoding.reader import Reader
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.layout import (
    LEDGER_ALIGNMENT,
    PAGE_SIZE,
    REGISTRY_ENTRY,
    REGISTRY_HEADER,
    SCHEMA_REGISTRY_PAGE,
    U32,
    aligned,
)


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One table: its fingerprint and the pages of its structures."""

    fingerprint: int
    snapshot: int
    page_ledger: int
    free_segments: int
    index_ledger: int
    autoincrement: int | None

    def structure_pages(self) -> list[tuple[int, str]]:
        """Each structure's page and what it is; in a damaged entry one page can be two things."""
        pages = [
            (self.snapshot, "snapshot"),
            (self.page_ledger, "page-ledger"),
            (self.free_segments, "free-segments"),
            (self.index_ledger, "index-ledger"),
        ]
        if self.autoincrement is not None:
            pages.append((self.autoincrement, "autoincrement"))
        return pages


def read_registry(pages: PageSource) -> tuple[int, list[RegistryEntry]]:
    """The stored schema hash and the entries. Raises Corrupted."""
    reader = Reader(pages.read(SCHEMA_REGISTRY_PAGE), SCHEMA_REGISTRY_PAGE)
    schema_hash = reader.u64("schema hash")
    return schema_hash, [read_entry(reader) for _ in range(reader.u64("table count"))]


def read_entry(reader: Reader) -> RegistryEntry:
    """The next entry. Raises Corrupted."""
    *pages, flag = REGISTRY_ENTRY.unpack(reader.take(REGISTRY_ENTRY.size, "registry entry"))
    pages.append(reader.u32("autoincrement page") if flag == 1 else None)
    return RegistryEntry(*pages)


def write_registry(pages: PageStore, schema_hash: int, entries: Sequence[RegistryEntry]) -> None:
    """Rewrite page 0. Raises LimitExceeded when there are too many tables."""
    parts = [REGISTRY_HEADER.pack(schema_hash, len(entries)), *map(_entry_bytes, entries)]
    registry = b"".join(parts)
    size = aligned(len(registry), LEDGER_ALIGNMENT)
    if size > PAGE_SIZE:
        raise LimitExceeded(f"{len(entries)} tables do not fit the registry", limit="tables")
    pages.writable(SCHEMA_REGISTRY_PAGE, 0, size)[:size] = registry.ljust(size, b"\0")


def _entry_bytes(entry: RegistryEntry) -> bytes:
    counter = b"" if entry.autoincrement is None else U32.pack(entry.autoincrement)
    return REGISTRY_ENTRY.pack(
        entry.fingerprint, entry.snapshot, entry.page_ledger, entry.free_segments,
        entry.index_ledger, len(counter) > 0,
    ) + counter  # fmt: skip
