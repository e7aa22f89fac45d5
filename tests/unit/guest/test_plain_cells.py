"""Plain columns are the vectors that `vector_from_json` makes of the same cells, or None."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_json
from wasidb_guest.encoding.plain_cells import PlainColumn, plain_columns, plain_row
from wasidb_guest.encoding.single_row import cell_of
from wasidb_guest.errors import DbmsError
from wasidb_guest.values import BUILT_IN, DataType
from wasidb_guest.vectors import Vector

EDGES = [each + by for each in (0, 2**7, 2**8, 2**15, 2**31, 2**63, 2**64) for by in (-1, 0, 1)]
CELLS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([*EDGES, *(-each for each in EDGES)]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["NaN", "2024-02-29", "", "half \ud800", "é" * 40_000, "x" * 65_535]),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=1),
)


@given(st.sampled_from(list(BUILT_IN.values())), st.lists(CELLS, max_size=4), st.booleans())
def test_as_every_type_has_them(data_type: DataType, cells: list[Any], nullable: bool) -> None:
    (plain,) = plain_columns(
        [PlainColumn(data_type, nullable=nullable)], [[cell] for cell in cells]
    )
    if plain is not None:
        expected = vector_from_json(data_type, cells, table="t", column="c", nullable=nullable)
        assert content_of(plain) == content_of(expected)


@given(st.sampled_from(list(BUILT_IN.values())), CELLS, st.booleans())
def test_a_cell_is_what_its_column_has(data_type: DataType, cell: Any, nullable: bool) -> None:
    column = PlainColumn(data_type, nullable=nullable)
    (plain,), cells = plain_columns([column], [[cell]]), plain_row([column], [cell])
    if cell is None:
        assert cells == ([None] if nullable else None)
    else:
        assert cells == (None if plain is None else [cell_of(plain)])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("uint8", [0, 255]),
        ("int64", [-(2**63), 2**63 - 1]),
        ("float64", [1.5, None]),
        ("boolean", [True, False]),
        ("text", ["é", None, ""]),
    ],
)
def test_ordinary_cells_are_plain(name: str, cells: list[Any]) -> None:
    (plain,) = plain_columns(
        [PlainColumn(BUILT_IN[name], nullable=True)], [[cell] for cell in cells]
    )
    assert plain is not None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("uint8", [256]),
        ("uint8", [True]),
        ("int8", [-129]),
        ("uint64", [2**64]),
        ("float64", ["one"]),
        ("boolean", [1]),
        ("text", [1]),
        ("text", ["\ud800"]),
        ("text", ["x" * 65_536]),
        ("text", [None]),
    ],
)
def test_what_is_refused_is_not_plain(name: str, cells: list[Any]) -> None:
    rows = [[cell] for cell in cells]
    assert plain_columns([PlainColumn(BUILT_IN[name], nullable=False)], rows) == [None]
    with pytest.raises(DbmsError):
        vector_from_json(BUILT_IN[name], cells, table="t", column="c", nullable=False)


def content_of(vector: Vector) -> tuple[DataType, int, bytes, list[int], bytes | None]:
    offsets = [] if vector.offsets is None else list(vector.offsets)
    validity = None if vector.validity is None else bytes(vector.validity)
    return vector.type, vector.count, bytes(vector.data), offsets, validity
