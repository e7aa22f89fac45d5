"""Interface `columns`: Arrow IPC streams."""

from io import BytesIO

from wasidb_guest.api.engine import Engine
from wasidb_guest.encoding.arrow.messages import Source
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.encoding.cell_vectors import concat
from wasidb_guest.errors import MemoryFailed
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
