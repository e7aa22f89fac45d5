"""How many pages are read to delete a row that others point at.

    users.id = 7  ─>  index (author): one path  ─>  the record pages of ten posts

The index is the one that a foreign key brings; without it every record page is read.
"""

import json

import pytest

from tests.support.counting_memory import CountingMemory
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows

POSTS_OF_EACH = 10
TEXT = "-" * 90
COLUMNS = ["id", "author", "body"]


def pages_read(posts: int, key: str) -> tuple[int, int]:
    """By deleting a user, after the tables have been opened; and how many pages records have."""
    memory, users = CountingMemory(), posts // POSTS_OF_EACH
    engine = EngineOnMemory(memory)
    table = f"posts: id uint32 key, author uint32 -> users.id cascade {key}, body text"
    definitions = list(map(parse_definition, ("users: id uint32 key", table)))
    Catalog(engine).create_tables(json.dumps(definitions))
    written = {"columns": ["id"], "rows": [[number] for number in range(users)]}
    Rows(engine).insert("users", json.dumps(written), None)
    rows = [[number, number % users, TEXT] for number in range(posts)]
    Rows(engine).insert("posts", json.dumps({"columns": COLUMNS, "rows": rows}), None)
    engine.reopen()
    tables = [engine.store.catalog.table(name) for name in ("users", "posts")]
    memory.pages_read = 0
    where = json.dumps({"Eq": ["id", 7]})
    assert Rows(engine).delete("users", "restrict", where, None) == 1 + POSTS_OF_EACH
    return memory.pages_read, len(tables[1].ledger.record_pages)


@pytest.fixture
def posts(is_compiled: bool) -> int:
    return 100_000 if is_compiled else 5_000


def test_referencing_rows_are_found_by_index(posts: int) -> None:
    count, _ = pages_read(posts, "")
    assert count <= 4 * POSTS_OF_EACH  # records, their primary keys, and the paths to both


def test_without_one_they_are_looked_for_everywhere(posts: int) -> None:
    count, record_pages = pages_read(posts, "unindexed")
    assert count > record_pages
