"""Keys are found in a node however they are spread, and in however few steps."""

import struct
from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.keys import KeyBytes, probe_of
from wasidb_guest.encoding.tagged import key_column
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.indexes.search import NO_ADDRESS, find, find_run, lower_bound, upper_bound
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import INNER, INNER_HEADER, LEAF, LEAF_HEADER, PAGE_SIZE
from wasidb_guest.values import INT8, INT64, TEXT, UINT32, UINT64, DataType

ONE_COLUMN = b"\x01\0\0\0"
SPREADS = {
    "evenly": (UINT32, [*range(0, 3000, 3)]),
    "at both ends": (UINT64, [*range(500), *range((1 << 64) - 500, 1 << 64)]),
    "twice as far each": (UINT64, [1 << bits for bits in range(64)]),
    "below and above zero": (INT64, [-(1 << 63), *range(-300, 300, 7), (1 << 63) - 1]),
    "narrow": (INT8, [*range(-128, 128, 5)]),
    "all equal": (UINT32, [7] * 200),
    "many equal": (UINT32, [each for each in range(40) for _ in range(each % 9)]),
    "one": (UINT32, [5]),
    "none": (UINT32, []),
}


class OnePage:
    """One page, whichever is asked for."""

    base = None

    def __init__(self, frame: Frame) -> None:
        self.kept: dict[int, Frame] = {}
        self.frame = frame

    def read(self, number: int) -> Frame:
        return self.frame


class ManyPages:
    """Pages by number."""

    base = None

    def __init__(self, frames: dict[int, Frame]) -> None:
        self.kept = frames


def key_of(data_type: DataType, cell: object) -> bytes:
    return ONE_COLUMN + key_column(data_type)(cell)


def leaf(keys: list[bytes]) -> Node:
    entries = b"".join(
        len(key).to_bytes(2, "little") + key + place.to_bytes(4, "little") + bytes(2)
        for place, key in enumerate(keys)
    )
    header = LEAF_HEADER.pack(LEAF, 0, len(keys), 0, 0)
    return Node(9, Frame((header + entries).ljust(PAGE_SIZE, b"\0")))


def inner(children: list[tuple[bytes, int]], rightmost: int) -> Frame:
    """A node with children that are below keys, and one for all that is above these."""
    entries = b"".join(
        len(key).to_bytes(2, "little") + key + child.to_bytes(4, "little")
        for key, child in children
    )
    header = INNER_HEADER.pack(INNER, 0, len(children), rightmost)
    return Frame((header + entries).ljust(PAGE_SIZE, b"\0"))


def check(data_type: DataType, cells: list[int], wanted: int) -> None:
    node = leaf([key_of(data_type, cell) for cell in cells])
    bare = key_of(data_type, wanted)
    for key in (KeyBytes(bare), probe_of(bare)):
        assert lower_bound(node, key, 0) == bisect_left(cells, wanted)
        assert upper_bound(node, key, 0) == bisect_right(cells, wanted)


@pytest.mark.parametrize("spread", SPREADS)
def test_each_key_and_what_is_beside_it(spread: str) -> None:
    data_type, cells = SPREADS[spread]
    bits = 8 * data_type.width
    low, high = (-(1 << bits - 1), 1 << bits - 1) if data_type in (INT8, INT64) else (0, 1 << bits)
    for cell in {low, high - 1, *cells[:20], *cells[-20:], *cells[::37]}:
        for wanted in (cell - 1, cell, cell + 1):
            if low <= wanted < high:
                check(data_type, cells, wanted)


@pytest.mark.parametrize("step", [1, 10, 100, 1000])
@pytest.mark.parametrize("spread", [each for each in SPREADS if "equal" not in each])
def test_many_keys_near_each_other_and_far_apart(spread: str, step: int) -> None:
    data_type, cells = SPREADS[spread]
    node = leaf([key_of(data_type, cell) for cell in cells])
    highest = cells[-1] if cells else 0
    places = {cell: place << 16 for place, cell in enumerate(cells)}
    wanted = sorted({*cells[::step], *cells[-1:], 3, 4, max(0, highest - 1), highest})
    run = run_of(data_type, wanted)
    addresses = memoryview(bytearray(b"\xff" * 8 * len(wanted))).cast("Q")
    find_run(OnePage(node.frame), node.number, run, addresses)
    assert [*addresses] == [places.get(cell, NO_ADDRESS) for cell in wanted]


def run_of(data_type: DataType, cells: list[int]) -> Run:
    run = build_run([vector_from_cells(data_type, cells, table="t", column="c", nullable=False)])
    run.sort()
    return run


def test_keys_in_leaves_below_inner_nodes() -> None:
    """Every leaf is on the page of its lowest key; the root, on page 0, has leaves and a node."""
    lows = [10, 20, 30, 50, 80]
    frames = {
        low: leaf([key_of(UINT32, cell) for cell in range(low, low + 10, 3)]).frame for low in lows
    }
    frames[1] = inner([(key_of(UINT32, 50), 30), (key_of(UINT32, 80), 50)], 80)
    frames[0] = inner([(key_of(UINT32, 20), 10), (key_of(UINT32, 30), 20)], 1)
    wanted = [*range(100), 41, 10]
    run = run_of(UINT32, wanted)
    addresses = memoryview(bytearray(b"\xff" * 8 * run.count)).cast("Q")
    find_run(ManyPages(frames), 0, run, addresses)
    places = {cell: at << 16 for low in lows for at, cell in enumerate(range(low, low + 10, 3))}
    assert [*addresses] == [places.get(cell, NO_ADDRESS) for cell in wanted]
    found = [find(ManyPages(frames), 0, key_of(UINT32, cell)) for cell in wanted]
    assert found == [*addresses]


def test_child_that_is_no_node() -> None:
    frames = {0: inner([(key_of(UINT32, 5), 3)], 4), 3: Frame(b"\7" * PAGE_SIZE), 4: Frame(b"")}
    for cell, page in ((4, 3), (6, 4)):
        with pytest.raises(Corrupted) as raised:
            find(ManyPages(frames), 0, key_of(UINT32, cell))
        assert raised.value.details["page"] == page


def test_links_in_a_circle() -> None:
    pages = OnePage(inner([], 9))
    addresses = memoryview(bytearray(8)).cast("Q")
    with pytest.raises(Corrupted, match="levels deep"):
        find_run(pages, 9, run_of(UINT32, [1]), addresses)
    with pytest.raises(Corrupted, match="levels deep"):
        find(pages, 9, key_of(UINT32, 1))


@given(
    cells=st.lists(st.integers(0, (1 << 64) - 1), max_size=60), wanted=st.integers(0, (1 << 64) - 1)
)
def test_any_integers(cells: list[int], wanted: int) -> None:
    check(UINT64, sorted(cells), wanted)


def test_other_types_and_null_among_integers() -> None:
    texts = [f"{number:04}" for number in range(300)]
    node = leaf([key_of(TEXT, each) for each in texts])
    for place, each in enumerate(texts):
        assert lower_bound(node, KeyBytes(key_of(TEXT, each)), 0) == place
        assert upper_bound(node, KeyBytes(key_of(TEXT, each)), 0) == place + 1
    cells = [*range(100)]
    node = leaf([key_of(INT64, cell) for cell in cells] + [key_of(INT64, None)] * 3)
    assert lower_bound(node, KeyBytes(key_of(INT64, None)), 0) == 100
    assert upper_bound(node, KeyBytes(key_of(INT64, None)), 0) == 103
    assert upper_bound(node, KeyBytes(key_of(INT64, 99)), 0) == 100


def test_first_columns_of_longer_keys() -> None:
    two = struct.Struct("<I")
    keys = [
        two.pack(2) + key_column(UINT32)(number // 10) + key_column(UINT32)(number % 10)
        for number in range(400)
    ]
    node = leaf(keys)
    for first in (0, 7, 39, 40):
        assert lower_bound(node, KeyBytes(key_of(UINT32, first)), 0) == 10 * first
        assert upper_bound(node, KeyBytes(key_of(UINT32, first)), 0) == 10 * first
