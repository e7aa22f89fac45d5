"""Kept files: made once for a key, whole or not at all."""

from pathlib import Path

import pytest

from toolchain.cache import cached, content_key


def test_a_key_knows_where_its_parts_end() -> None:
    assert content_key("ab", "c") != content_key("a", "bc")
    assert content_key("a", "b") != content_key("b", "a")
    assert content_key("a", "b") == content_key("a", "b")


def test_made_once_for_a_key(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("text")

    first = cached(tmp_path / "x.c", content_key("1"), make)
    assert cached(tmp_path / "x.c", content_key("1"), make) == first
    assert len(made) == 1
    assert first.read_text() == "text"


def test_a_new_key_takes_the_place_of_the_old(tmp_path: Path) -> None:
    neighbour = cached(tmp_path / "xy.c", content_key("1"), lambda path: path.touch())
    old = cached(tmp_path / "x.c", content_key("1"), lambda path: path.touch())
    new = cached(tmp_path / "x.c", content_key("2"), lambda path: path.touch())
    assert sorted(tmp_path.iterdir()) == sorted([neighbour, new])
    assert old != new


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def make(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        cached(tmp_path / "x.c", content_key("1"), make)
    assert list(tmp_path.iterdir()) == []
