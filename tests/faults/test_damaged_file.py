"""Bytes of a file are hostile input: damage is an error that names its place, or harmless.

A database with two tables and several indexes is damaged in one to four places where something is
stored, then everything is asked of it. Every call answers or raises one of the engine's own errors;
a report of damage names a page of the file.
"""

import functools
import json
from collections.abc import Callable, Sequence

import hypothesis.strategies as st
from hypothesis import given

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import Corrupted, DbmsError, Internal
from wasidb_memory import PAGE_SIZE, HeapMemory

USERS = (
    "users: id uint32 key auto, name text unique, price decimal null, born date; index born, name"
)
POSTS = "posts: id uint32 key, author uint32 -> users.id, body json null, at datetime"


@functools.cache
def sound_file() -> bytes:
    """A database with some rows, and a hole where one was."""
    memory = HeapMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([parse_definition(USERS), parse_definition(POSTS)]))
    users = [[f"name {i}", f"{i}.5", f"2024-01-{i + 1:02}"] for i in range(20)]
    insert(engine, "users", ["name", "price", "born"], users)
    posts = [[i, i % 20 + 1, f'{{"n": {i}}}', "2024-01-15T10:30:00Z"] for i in range(40)]
    insert(engine, "posts", ["id", "author", "body", "at"], posts)
    Rows(engine).delete("posts", "restrict", '{"Lt": ["id", 5]}', None)
    engine.store.checkpoint()
    return memory.read(0, memory.size())


def insert(
    engine: EngineOnMemory, table: str, columns: list[str], rows: Sequence[Sequence[object]]
) -> None:
    Rows(engine).insert(table, json.dumps({"columns": columns, "rows": rows}), None)


@functools.cache
def stored_places() -> list[int]:
    """The offsets of all bytes that are not zero."""
    return [offset for offset, byte in enumerate(sound_file()) if byte]


QUESTIONS: list[Callable[[EngineOnMemory], object]] = [
    lambda engine: Catalog(engine).tables(),
    lambda engine: Rows(engine).select('{"from": "users"}', None),
    lambda engine: Rows(engine).select('{"from": "posts"}', None),
    lambda engine: Rows(engine).select(
        '{"from": "users", "where": {"Eq": ["name", "name 7"]}}', None
    ),
    lambda engine: Rows(engine).select('{"from": "posts", "where": {"Ge": ["id", 20]}}', None),
    lambda engine: Maintenance(engine).check(),
    lambda engine: Maintenance(engine).page_map(),
    lambda engine: Rows(engine).update("users", '{"price": "1"}', '{"Eq": ["id", 3]}', None),
    lambda engine: insert(engine, "posts", ["id", "author", "at"], [[99, 1, "2024-01-01T00:00Z"]]),
    lambda engine: Rows(engine).delete("users", "cascade", None, None),
]
damages = st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(0, 255)), min_size=1, max_size=4)


@given(damages)
def test_damage_is_reported_or_harmless(damages: list[tuple[int, int]]) -> None:
    content = bytearray(sound_file())
    places = stored_places()
    for choice, value in damages:
        content[places[choice % len(places)]] = value
    for question in QUESTIONS:
        error = error_of(question, bytes(content))
        assert not isinstance(error, Internal)
        if isinstance(error, Corrupted):
            assert (
                PLACE.items()
                <= {name: type(value) for name, value in error.details.items()}.items()
            )


PLACE = {"page": int, "offset": int, "what": str}


def error_of(question: Callable[[EngineOnMemory], object], content: bytes) -> DbmsError | None:
    """What the question raises on a file with this content; other exceptions pass through."""
    try:
        question(EngineOnMemory(HeapMemory(content)))
    except DbmsError as error:
        return error
    return None


@given(st.integers(0, 200))
def test_file_cut_short_is_reported(pages: int) -> None:
    """A file that has lost pages at its end is never read as if it were whole."""
    content = sound_file()
    kept = content[: pages % (len(content) // PAGE_SIZE) * PAGE_SIZE]

    def check(engine: EngineOnMemory) -> None:
        assert json.loads(Maintenance(engine).check()) or not kept

    assert isinstance(error_of(check, kept), Corrupted | None)
