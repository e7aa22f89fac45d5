"""Cursors: the rows of a select, a page of JSON text at a time.

The rows are found when the cursor is opened, so all pages come from one state of the database. They
are held as vectors, which is how they were found; as text there is one page of them.
"""

from wasidb_guest.query.results import cells_of, page_to_json
from wasidb_guest.vectors import Batch


class Cursor:
    """Rows that are handed out `page_rows` at a time."""

    def __init__(self, batch: Batch, page_rows: int, tx: int | None) -> None:
        self.tx = tx
        self._names = batch.names
        self._columns = cells_of(batch)
        self._count = batch.count
        self._page_rows = page_rows
        self._next = 0

    def fetch(self) -> str | None:
        """The next page; None when there are no more rows."""
        first, self._next = self._next, min(self._next + self._page_rows, self._count)
        if first == self._count:
            return None
        return page_to_json(self._names, self._columns, first, self._next)
