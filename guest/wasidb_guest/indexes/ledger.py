"""The index ledger: which trees a table has. One page a table.

u64 count | for each index: u64 column count | str8 column names | u32 root page
"""

from wasidb_guest.encoding.reader import Reader, str8
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.layout import LEDGER_ALIGNMENT, PAGE_SIZE, U32, U64, aligned

Roots = dict[tuple[str, ...], int]

INDEX_COLUMNS_MAX = 255


def read_index_ledger(pages: PageSource, number: int) -> Roots:
    """The root page of the index on each list of columns. Raises Corrupted."""
    reader = Reader(pages.read(number), number)
    roots: Roots = {}
    for _ in range(reader.u64("index count")):
        count = reader.u64("index column count")
        if not count:
            raise reader.corrupted("index without columns")
        if count > INDEX_COLUMNS_MAX:
            what = f"index of {count} columns, at most {INDEX_COLUMNS_MAX} are possible"
            raise reader.corrupted(what)
        columns = tuple(reader.str8("index column") for _ in range(count))
        roots[columns] = reader.u32("index root")
    return roots


def write_index_ledger(pages: PageStore, number: int, roots: Roots) -> None:
    """Rewrite the ledger. Raises LimitExceeded when it does not fit its page."""
    parts = [U64.pack(len(roots))]
    for columns, root in roots.items():
        parts += [U64.pack(len(columns)), *map(str8, columns), U32.pack(root)]
    ledger = b"".join(parts)
    size = aligned(len(ledger), LEDGER_ALIGNMENT)
    if size > PAGE_SIZE:
        raise LimitExceeded("the index columns' names do not fit one page", limit="index ledger")
    pages.writable(number, 0, size)[:size] = ledger.ljust(size, b"\0")
