"""Copies of an open database in new files: as it is, or without holes.

Both hold what is committed, whatever transactions are open.
"""

from wasidb_guest.api.new_file import new_file
from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import ACCESS_CONTROL_PAGE
from wasidb_guest.pages.stoppable import StoppablePages
from wasidb_guest.tables.check import check_integrity
from wasidb_guest.tables.compaction import copy_counters, runs_of_keys, stored_records
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.store import Store
from wasidb_memory import FileMemory

# Pages written at once: 1 MiB.
CHUNK_PAGES = 16

# What is written to a dense copy is hardly read again.
COPY_CACHE_SIZE = 32 << 20


def write_snapshot(store: Store, path: str) -> None:
    """Copy every page, byte for byte. Raises MemoryFailed."""
    store.cache.check_usable()
    with new_file(path) as part:
        memory = FileMemory(part)
        try:
            _append_pages(StoppablePages(store.cache), memory)
            memory.flush()
        finally:
            memory.close()


def _append_pages(pages: PageSource, memory: FileMemory) -> None:
    for first in range(0, pages.page_count, CHUNK_PAGES):
        chunk = range(first, min(first + CHUNK_PAGES, pages.page_count))
        memory.append([pages.read(number) for number in chunk])


def write_dense_copy(store: Store, path: str) -> None:
    """Write the tables one behind the other, and check the result before it gets its name.

    Definitions, access-control list and counters stay as they are. Raises Corrupted for a database
    that cannot be read, or whose copy is not sound because its rows are not; LimitExceeded for a
    record that cannot be moved; MemoryFailed.
    """
    store.cache.check_usable()
    with new_file(path) as part:
        memory = FileMemory(part)
        try:
            is_cancelled = store.limits.is_cancelled
            copy = Store(memory, cache_size_max=COPY_CACHE_SIZE, is_cancelled=is_cancelled)
        except BaseException:
            memory.close()
            raise
        try:
            _copy_tables(store, copy)
            for problem in check_integrity(StoppablePages(copy.cache), copy.catalog):
                what = f"the database cannot be rewritten, in the copy {problem.what}"
                raise Corrupted(problem.page, problem.offset, what)
        finally:
            copy.close()


def _copy_tables(store: Store, copy: Store) -> None:
    registered = store.catalog.registered
    with copy.session(None) as transaction:
        transaction.create_tables([definition for definition, _ in registered.values()])
        acl = transaction.pages().writable(ACCESS_CONTROL_PAGE)
        acl[:] = store.cache.read(ACCESS_CONTROL_PAGE)
    for name in registered:
        _copy_table(store.catalog.table(name), copy)


def _copy_table(source: Table, copy: Store) -> None:
    """In transactions of a bounded size, for what they have changed is in memory."""
    name = source.definition.name
    for records, starts in stored_records(source):
        with copy.session(None) as transaction:
            transaction.writable(name).put_stored(records, starts)
    for index in source.definition.indexes:
        for run in runs_of_keys(copy.catalog.table(name), index):
            with copy.session(None) as transaction:
                target = transaction.writable(name)
                target.trees[index.columns].insert(run)
                target.save_roots()
    with copy.session(None) as transaction:
        copy_counters(source, transaction.writable(name))
