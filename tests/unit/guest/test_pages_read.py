"""How many pages one look-up reads from the file when the cache has none of them.

    root ─> inner node ─> leaf ─> record page            3 + 1 pages for a tree of height 3

Only the look-up is counted. The table is opened before: its definition and ledgers are read then,
once for as long as the database is open.
"""

import json
from collections.abc import Callable, Mapping

import pytest

from tests.support.counting_memory import CountingMemory
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows

ROWS = 600
WORDS = "words: word text key, label text unique, topic text; index topic"
COLUMNS = ["word", "label", "topic"]
HEIGHT = 3
Ask = Callable[[Rows, int], str]


def cell(column: str, number: int) -> str:
    """A key of three thousand bytes: twenty fit a node. Each column has another order."""
    place = number * {"word": 1, "label": 7, "topic": 11}[column] % ROWS
    return f"{place:04}".ljust(3000, "x")


@pytest.fixture(scope="module")
def memory() -> CountingMemory:
    """A database of words."""
    memory = CountingMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([parse_definition(WORDS)]))
    rows = [[cell(column, number) for column in COLUMNS] for number in range(ROWS)]
    Rows(engine).insert("words", json.dumps({"columns": COLUMNS, "rows": rows}), None)
    (table,) = json.loads(Maintenance(engine).statistics())["tables"]
    assert [index["height"] for index in table["indexes"]] == [HEIGHT] * 3
    engine.close()
    return memory


def prepared(statement: Mapping[str, object], column: str) -> Ask:
    """Run a statement whose only parameter is a cell of a column; it gives words."""

    def ask(rows: Rows, number: int) -> str:
        handle = rows.prepare(json.dumps(statement))
        return rows.execute(handle, json.dumps([cell(column, number)]), None)

    return ask


def select_equal(column: str) -> Ask:
    """Select by what a column holds."""
    where = {"Eq": [column, {"Param": 0}]}
    return prepared({"select": {"from": "words", "columns": ["word"], "where": where}}, column)


GET = prepared({"get": {"table": "words", "columns": ["word"]}}, "word")


def pages_read(memory: CountingMemory, ask: Ask, number: int) -> int:
    """How often a page is read for a question, after database and table have been opened."""
    engine = EngineOnMemory(memory)
    engine.store.catalog.table("words")
    memory.pages_read = 0
    assert cell("word", number) in ask(Rows(engine), number)
    return memory.pages_read


@pytest.mark.parametrize(
    "ask",
    [GET, select_equal("word"), select_equal("label")],
    ids=["get", "primary key", "unique column"],
)
def test_key_that_is_alone_takes_one_path_and_its_record(memory: CountingMemory, ask: Ask) -> None:
    assert {pages_read(memory, ask, number) for number in range(ROWS)} == {HEIGHT + 1}


def test_key_that_others_may_share_takes_one_path_and_its_record(memory: CountingMemory) -> None:
    """Unless it stands in an inner node: equal keys may then be in the leaf before it as well."""
    ask = select_equal("topic")
    counts = [pages_read(memory, ask, number) for number in range(ROWS)]
    assert sum(count > HEIGHT + 1 for count in counts) == keys_in_inner_nodes(memory)
    assert set(counts) == {HEIGHT + 1, HEIGHT + 2, 2 * HEIGHT}


def keys_in_inner_nodes(memory: CountingMemory) -> int:
    """How many keys of topics an inner node holds: each is the first of a leaf."""
    tree = EngineOnMemory(memory).store.catalog.table("words").trees[("topic",)]
    return sum(node.count for _, node in tree.nodes() if not node.is_leaf)
