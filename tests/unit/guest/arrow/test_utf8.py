"""Which of several strings are UTF-8, beside what Python takes for it."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.arrow.utf8 import first_not_utf8

characters = st.characters(categories=["L", "N", "So"]).map(str.encode)
edges = st.sampled_from([b"\x7f", b"\x80", b"\xbf", b"\xc1", b"\xc2", b"\xdf", b"\xe0", b"\xed"])
higher_edges = st.sampled_from([b"\xef", b"\xf0", b"\xf4", b"\xf5", b"\xff", b"\x8f", b"\x9f"])
pieces = st.one_of(characters, edges, higher_edges, st.binary(max_size=2), st.just(b"plain ascii"))
cells = st.lists(st.lists(pieces, max_size=5).map(b"".join), max_size=12)


def first_bad(values):
    """The row that the kernel finds."""
    offsets = bytearray(4 * (len(values) + 1))
    numbers = memoryview(offsets).cast("i")
    for row, end in enumerate(accumulate(map(len, values), initial=0)):
        numbers[row] = end
    return first_not_utf8(memoryview(b"".join(values)), numbers)


def is_text(value):
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(cells)
def test_as_python_decodes(values):
    bad = [row for row, value in enumerate(values) if not is_text(value)]
    assert first_bad(values) == (bad[0] if bad else -1)


@pytest.mark.parametrize("first", range(0x80, 0x100))
def test_every_second_byte(first):
    for second in range(0x100):
        for behind in (b"", b"\x80", b"\x80\xbf", b"\xbf\x80", b"\x80\x7f", b"\x80\xc0"):
            value = bytes((first, second)) + behind
            assert first_bad([b"plain", value]) == (-1 if is_text(value) else 1), value


@pytest.mark.parametrize("size", range(18))
def test_a_byte_above_7f_anywhere(size):
    for place in range(size):
        value = b"a" * place + b"\xff" + b"a" * (size - place - 1)
        assert first_bad([b"", value]) == 1
    assert first_bad([b"", b"a" * size]) == -1
