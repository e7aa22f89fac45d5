"""Cursors: the rows of a select, a page of JSON text at a time, row by row or column by column.

The rows are found when the cursor is opened, so all pages come from one state of the database. They
are kept as they were found: in memory as long as a statement may hold them there, else on scratch.
As text there is one page of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from wasidb_guest.query.results import Slice, rows_to_json, slice_of
from wasidb_guest.query.spool import Spool
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch

WritePage: TypeAlias = Callable[[Sequence[str], Sequence[Slice]], str]


class Cursor:
    """Rows that are handed out `page_rows` at a time, in transaction `tx`; `write` makes the text
    of a page.
    """

    def __init__(
        self,
        batches: Iterable[Batch],
        page_rows: int,
        transaction: Transaction,
        tx: int | None,
        write: WritePage = rows_to_json,
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
        self._write = write
        self._batches = iter(self._rows)
        self._rest: Slice = [], 0, 0

    def fetch(self) -> str | None:
        """The next page; None when there are no more rows."""
        slices = list(self._next_page())
        return self._write(self._names, slices) if slices else None

    def _next_page(self) -> Iterator[Slice]:
        missing = self._page_rows
        while missing and self._has_rows():
            columns, first, end = self._rest
            last = min(first + missing, end)
            self._rest = columns, last, end
            missing -= last - first
            yield columns, first, last

    def _has_rows(self) -> bool:
        """Whether there are more rows, of this batch or the next."""
        _, first, end = self._rest
        while first == end:
            batch = next(self._batches, None)
            if batch is None:
                return False
            self._rest = _, first, end = slice_of(batch)
        return True

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.close()
