"""LIKE patterns against regular expressions and the facts of engine-semantics 11.3."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query.column_tests import like
from wasidb_guest.values import TEXT


def matching(texts: list[str], pattern: str) -> list[str]:
    """Those of the texts that match."""
    vector = vector_from_cells(TEXT, texts, table="t", column="c", nullable=False)
    mask = bytearray(len(texts))
    like(pattern)(vector, mask)
    return [text for text, outcome in zip(texts, mask, strict=True) if outcome]


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("hello", ["hello"], ["Hello", "hello ", ""]),
        ("", [""], ["a"]),
        ("_", ["a", "é", "😀"], ["", "ab"]),
        ("%", ["", "a"], []),
        ("h_llo", ["hello", "hallo"], ["hllo"]),
        ("h%o", ["ho", "hello", "h123o"], ["h", "hello world", "helle"]),
        ("h%o_w%rld_", ["hello world!"], ["hello world"]),
        ("h%%o", ["ho", "hxo"], ["h"]),
        ("h%_o", ["hxo", "hello"], ["ho"]),
        (r"h\%_o%", ["h%xo", "h%lo!"], ["h%o"]),
        (r"\_\%\\", ["_%\\"], ["a%\\"]),
        (r"\a\b", ["ab"], [r"\a\b"]),
        ("a\\", ["a"], ["a\\"]),
        ("100%% match", ["100% match"], ["100 matc"]),
        ("caf_", ["café", "cafe"], ["caf"]),
        ("%😀%", ["a😀b", "😀"], ["a"]),
        ("😀_😀", ["😀é😀"], ["😀😀"]),
        ("%_", ["é"], [""]),
        ("\ud800", [], ["a"]),
        ("a%b%c", ["abc", "aXbYbZc"], ["acb"]),
        ("%a\n_", ["x\na\nb"], ["a b"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], others: list[str]) -> None:
    assert matching(matches + others, pattern) == matches


@given(
    st.lists(st.text(alphabet="abé😀%_\\\n", max_size=8), max_size=8),
    st.text(alphabet="abé😀%_\\\n", max_size=6),
)
def test_patterns_match_as_their_regular_expressions(texts: list[str], pattern: str) -> None:
    pieces = re.findall(r"\\.|\\$|[^\\]", pattern, re.DOTALL)
    wildcards = {"%": ".*", "_": ".", "\\": ""}
    expression = "".join(
        wildcards.get(piece) if piece in wildcards else re.escape(piece[-1]) for piece in pieces
    )
    expected = [text for text in texts if re.fullmatch(expression, text, re.DOTALL)]
    assert matching(texts, pattern) == expected


def test_matching_takes_linear_time() -> None:
    assert matching(["a" * 20_000], "%a" * 100 + "b") == []


@given(
    st.lists(st.text(alphabet="abc", max_size=40), max_size=8),
    st.text(alphabet="abc", min_size=1, max_size=12),
)
def test_a_piece_is_found_wherever_it_is_in_one_text(texts: list[str], piece: str) -> None:
    assert matching(texts, f"%{piece}%") == [text for text in texts if piece in text]
    assert matching(texts, f"{piece}_%") == [
        text for text in texts if text.startswith(piece) and len(text) > len(piece)
    ]


@given(
    st.lists(st.text(alphabet="ab", max_size=90), max_size=8),
    st.lists(st.text(alphabet="ab", max_size=3), max_size=5),
    st.lists(st.sampled_from(("%", "_", "%_", "_%", "%%")), min_size=6, max_size=6),
)
def test_pieces_come_one_after_the_other_in_one_text(
    texts: list[str], pieces: list[str], wildcards: list[str]
) -> None:
    own = zip(wildcards, [*pieces, ""], strict=False)
    pattern = "".join(wildcard + piece for wildcard, piece in own)
    for each in (pattern, pattern.strip("%_"), pattern.lstrip("%_")):
        expression = each.replace("%", ".*").replace("_", ".")
        expected = [text for text in texts if re.fullmatch(expression, text)]
        assert matching(texts, each) == expected


def test_a_later_place_may_be_the_one_that_matches() -> None:
    texts = ["door noon", "noon door", "noon", "oo"]
    assert matching(texts, "%oo_") == ["door noon", "noon door", "noon"]
    assert matching(texts, "%oon%") == ["door noon", "noon door", "noon"]
    assert matching(texts, "%oo_ %oo_") == ["door noon", "noon door"]
    assert matching(["oooab", "ooxoo_"], "%oo_%a_") == ["oooab"]


@pytest.mark.parametrize("pattern", ["%bc%", "b%c", "%bc", "b_%", "%b_", "_c"])
def test_neighbours_in_memory_do_not_matter(pattern: str) -> None:
    assert matching(["b", "c", "ab", "ca", "", "bc", "", "b", "c"] * 20, pattern) == ["bc"] * 20


def test_head_and_tail_do_not_share_characters() -> None:
    assert matching(["aba", "ab", "abba"], "ab%ba") == ["abba"]


@pytest.mark.parametrize("pattern", ["%a%", "a%", "_"])
def test_texts_that_do_not_lie_in_their_buffer_are_refused(pattern: str) -> None:
    vector = vector_from_cells(TEXT, ["a" * 40] * 4, table="t", column="c", nullable=False)
    vector.data = vector.data[:-1]
    with pytest.raises(IndexError):
        like(pattern)(vector, bytearray(4))
