"""The check of an index tree, on trees whose leaves are in order and whose routing is not.

A sum over the entries, and each leaf by itself, do not tell such a tree from a sound one.
"""

import json
import struct
from collections.abc import Callable

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_memory import PAGE_SIZE, HeapMemory

DEFINITION = "numbers: id uint32 key, twin uint32 null; index twin"
ROWS = 8_000
KEY_AT = 2 + 13 - 4
INNER_HEADER, ENTRY = 11, 2 + 13 + 4


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Two trees of several leaves; many keys of the second one are equal, some of these NULL."""
    memory = HeapMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([parse_definition(DEFINITION)]))
    rows = [[i, None if i % 2 else i // 5000] for i in range(ROWS)]
    Rows(engine).insert("numbers", json.dumps({"columns": ["id", "twin"], "rows": rows}), None)
    engine.store.checkpoint()
    assert problems(memory.read(0, memory.size())) == []
    return memory.read(0, memory.size())


def problems(content: bytes) -> list[str]:
    engine = EngineOnMemory(HeapMemory(content))
    return [problem["what"] for problem in json.loads(Maintenance(engine).check())]


def root_of(content: bytes, columns: str) -> int:
    """Where the root of the index on a column begins."""
    name = columns.encode()
    ledger = struct.unpack_from("<I", content, 16 + 20)[0] * PAGE_SIZE
    at = content.index(bytes((len(name),)) + name, ledger) + 1 + len(name)
    return int(struct.unpack_from("<I", content, at)[0]) * PAGE_SIZE


def shift(step: int) -> Callable[[bytearray, int], None]:
    """Change the first key of a root by `step`."""

    def change(content: bytearray, root: int) -> None:
        at = root + INNER_HEADER + KEY_AT
        (key,) = struct.unpack_from("<I", content, at)
        struct.pack_into("<I", content, at, key + step)

    return change


def swap(content: bytearray, root: int) -> None:
    """Let the first two keys of a root change places, and not their children."""
    first, second = (slice(at, at + ENTRY - 4) for at in (root + 11, root + 11 + ENTRY))
    content[first], content[second] = content[second], content[first]


def lose_leaf(content: bytearray, root: int) -> None:
    """Make the second leaf unreadable."""
    (leaf,) = struct.unpack_from("<I", content, root + INNER_HEADER + 2 * ENTRY - 4)
    content[leaf * PAGE_SIZE] = 7


BELOW = "index entry is below the key that leads to its leaf"
ABOVE = "index entry is not below the key that leads past its leaf"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(shift(1), [BELOW], id="greater"),
        pytest.param(shift(-1), [ABOVE], id="less"),
        pytest.param(swap, ["key of an inner node is not between its neighbours"], id="swapped"),
        pytest.param(lose_leaf, ["index node of unknown type 7"], id="unreadable"),
    ],
)
def test_routing(
    sound: bytes, change: Callable[[bytearray, int], None], expected: list[str]
) -> None:
    content = bytearray(sound)
    change(content, root_of(content, "id"))
    found = problems(bytes(content))
    assert set(expected) <= set(found)
    assert not {what for what in found if "leaf is" in what or "does not hold" in what}
