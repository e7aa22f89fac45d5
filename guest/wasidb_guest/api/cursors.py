"""Cursors: the rows of a select, a page of JSON text at a time.

The rows are found when the cursor is opened, so all pages come from one state of the database. They
are kept as they were found: in memory as long as a statement may hold them there, else on scratch.
As text there is one page of them.
"""

from collections.abc import Iterable

from wasidb_guest.encoding.json_rows import VectorCells, put_rows
from wasidb_guest.query.results import begin_json, cells_of, end_json
from wasidb_guest.query.spool import Spool
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch


class Cursor:
    """Rows that are handed out `page_rows` at a time, in transaction `tx`."""

    def __init__(
        self,
        batches: Iterable[Batch],
        page_rows: int,
        transaction: Transaction,
        tx: int | None,
    ) -> None:
        self.tx = tx
        self._rows = Spool(transaction.open_scratch, transaction.limits.memory)
        try:
            for batch in batches:
                self._names = batch.names
                self._rows.add(batch)
        except BaseException:
            self.close()
            raise
        self._page_rows = page_rows
        self._batches = iter(self._rows)
        self._columns: list[VectorCells] = []
        self._first = self._count = 0

    def fetch(self) -> str | None:
        """The next page; None when there are no more rows."""
        text = begin_json(self._names)
        missing = self._page_rows
        while missing and self._has_rows():
            last = min(self._first + missing, self._count)
            put_rows(text, self._columns, self._first, last)
            missing -= last - self._first
            self._first = last
        return None if missing == self._page_rows else end_json(text)

    def _has_rows(self) -> bool:
        """Whether there are more rows, of this batch or the next."""
        while self._first == self._count:
            batch = next(self._batches, None)
            if batch is None:
                return False
            self._columns = cells_of(batch)
            self._first, self._count = 0, batch.count
        return True

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.close()
