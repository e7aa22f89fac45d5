"""Columns that are kept are those on the pages: watched whenever a scan of a test uses some.

A commit drops what it makes untrue, and who sees other pages is given nothing (see
`pages.column_cache`). Whatever is forgotten there would go on answering questions.
"""

from collections.abc import Mapping, Sequence, Set

from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.column_cache import ADDRESSES
from wasidb_guest.query.explain import CountedPages
from wasidb_guest.tables.chunk_reader import ChunkReader
from wasidb_guest.tables.record_block import RecordBlock
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.vectors import Vector

PAGES_MAX = 4
"""Chunks of more pages are left alone: to read everything twice takes its time."""


def watch() -> None:
    """Make every scan from now on raise AssertionError for columns that are not on the pages."""
    whole = ChunkReader._whole

    def watched(
        reader: ChunkReader, pages: PageSource, numbers: Sequence[int], wanted: Set[int]
    ) -> tuple[Mapping[int, Vector], RecordBlock | None]:
        vectors, block = whole(reader, pages, numbers, wanted)
        if block is None and len(numbers) <= PAGES_MAX:
            check_columns(reader, pages, numbers, vectors)
        return vectors, block

    ChunkReader._whole = watched  # type: ignore[method-assign]


def check_columns(
    reader: ChunkReader, pages: PageSource, numbers: Sequence[int], kept: Mapping[int, Vector]
) -> None:
    """Raise AssertionError if the records of these pages hold something else."""
    pages = pages._pages if isinstance(pages, CountedPages) else pages
    positions = sorted(kept.keys() - {ADDRESSES})
    batch, block = ColumnReader(reader._definition, positions).read_pages(pages, numbers)
    stored = dict(zip(positions, map(content_of, batch.vectors), strict=True))
    stored[ADDRESSES] = bytes(block.addresses), b"", b""
    found = {position: content_of(vector) for position, vector in kept.items()}
    assert found == stored, f"pages {numbers} have other columns than those that are kept"


def content_of(vector: Vector) -> tuple[bytes, bytes, bytes]:
    """Data, offsets and validity."""
    return bytes(vector.data), bytes(vector.offsets or b""), bytes(vector.validity or b"")
