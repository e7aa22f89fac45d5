"""Interface `columns`: Arrow IPC streams."""

import os
from io import BytesIO

from wasidb_guest.api.engine import Engine
from wasidb_guest.api.new_file import new_file
from wasidb_guest.encoding.arrow.messages import Source
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.encoding.arrow.stream_writer import stream_pieces
from wasidb_guest.encoding.cell_vectors import concat
from wasidb_guest.errors import MemoryFailed
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.statement import parse_select
from wasidb_guest.vectors import Batch


class Columns:
    """The functions of interface `columns`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert_file(self, table: str, path: str, tx: int | None) -> int:
        try:
            with open(path, "rb", buffering=0) as stream:
                return self._insert(table, stream, tx)
        except OSError as failure:
            raise MemoryFailed(f"cannot read {path!r}: {failure.strerror}", path=path) from failure

    def insert_bytes(self, table: str, arrow: bytes, tx: int | None) -> int:
        return self._insert(table, BytesIO(arrow), tx)

    def _insert(self, table: str, source: Source, tx: int | None) -> int:
        with self._engine.store.session(tx) as transaction:
            batches = list(read_stream(source, transaction.table(table).definition))
            if not batches:
                return 0
            names = batches[0].names
            vectors = [
                concat(pieces) for pieces in zip(*(batch.vectors for batch in batches), strict=True)
            ]
            count = sum(batch.count for batch in batches)
            transaction.insert(table, Batch(names, vectors, count))
            return count

    def select_file(self, query: str, path: str, tx: int | None) -> int:
        batch = self._select(query, tx)
        with new_file(path) as part, open(part, "wb") as file:
            file.writelines(stream_pieces(batch))
            file.flush()
            os.fsync(file.fileno())
        return batch.count

    def select_bytes(self, query: str, tx: int | None) -> bytes:
        return b"".join(stream_pieces(self._select(query, tx)))

    def _select(self, query: str, tx: int | None) -> Batch:
        statement = parse_select(query)
        with self._engine.store.session(tx) as transaction:
            return run_select(statement, transaction)
