"""Rewriting a table without holes: its rows, one behind the other, on pages of another file.

    source   rec ·· rec ···· rec │ ········ │ rec rec ··      pages of 64 KiB, · is free space
    target   rec rec rec rec rec │

Rows keep their physical order and their bytes. Indexes are built anew from all keys at once, which
fills their leaves. What was wrong with the old indexes is thereby mended; a record that cannot be
read is an error.
"""

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.cell_vectors import concat
from wasidb_guest.indexes.run import build_run
from wasidb_guest.tables.table import Table


def copy_table(source: Table, target: Table) -> None:
    """Fill a new table with the rows, index entries and counters of another of the same definition.

    Raises Corrupted when the source cannot be read.
    """
    for batch, _ in source.scan(range(len(source.definition.columns))):
        target.put_records(batch.vectors)
    for index in target.definition.indexes:
        _build_index(target, index)
    target.save_roots()
    if source.autoincrement is not None:
        assert target.autoincrement is not None
        target.autoincrement.catch_up(source.autoincrement)
        target.save_counters()


def _build_index(table: Table, index: IndexDefinition) -> None:
    """Enter all rows at once."""
    positions = [table.definition.column_position(column) for column in index.columns]
    parts = list(table.scan(positions))
    if parts:
        columns = zip(*(batch.vectors for batch, _ in parts), strict=True)
        vectors = [concat(pieces) for pieces in columns]
        addresses = memoryview(b"".join(addresses for _, addresses in parts)).cast("Q")
        table.trees[index.columns].insert(build_run(vectors, addresses))
