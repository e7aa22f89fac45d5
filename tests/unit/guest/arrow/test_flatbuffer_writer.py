"""What is written is what the reader finds, where flatbuffers want it."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.arrow.flatbuffer_writer import Fields, Number, Structs, block
from wasidb_guest.encoding.arrow.flatbuffers import I16, I32, I64, U8, U32, Block, Table

PAIR = struct.Struct("<qq")
LAYOUTS = [U8, I16, I32, I64]


def root_of(*fields: object) -> Table:
    return Block(block(fields), 0).root()


@given(st.lists(st.none() | st.tuples(st.sampled_from(LAYOUTS), st.integers(0, 127))))
def test_numbers_lie_aligned_in_the_table(given_fields):
    fields: Fields = tuple(field and Number(*field) for field in given_fields)
    root = root_of(*fields)
    for number, field in enumerate(given_fields):
        layout, value = field or (I64, -1)
        assert root.number(number, layout, default=-1) == value
        assert root._find(number) is None or root._find(number) % layout.size == 0


def test_texts_end_with_a_zero():
    root = root_of("", "héllo", None)
    assert [root.text(field) for field in range(3)] == ["", "héllo", None]
    assert block(("abc",)).endswith(b"\x03\0\0\0abc\0")


@given(st.lists(st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 2)), st.text(max_size=9))
def test_structs_lie_aligned(rows, before):
    root = root_of(before, Structs(PAIR, rows))
    assert root.structs(1, PAIR) == rows
    assert root._vector(root._find(1), PAIR.size)[0] % 8 == 0


def test_tables_in_tables():
    root = root_of(("inner", ("innermost",)), [("first",), (), ("third", Number(I32, -5))])
    inner = root.require_table(0, "inner")
    assert inner.text(0) == "inner"
    assert inner.require_table(1, "innermost").text(0) == "innermost"
    first, second, third = root.tables(1)
    assert [each.text(0) for each in (first, second, third)] == ["first", None, "third"]
    assert third.number(1, I32) == -5


def test_a_vector_of_nothing_is_there():
    root = root_of([])
    assert list(root.tables(0)) == []
    assert root._find(0) is not None


def test_the_root_is_what_the_first_number_points_at():
    data = block((Number(U32, 7),))
    (root,) = U32.unpack_from(data)
    assert U32.unpack_from(data, root + 4) == (7,)
