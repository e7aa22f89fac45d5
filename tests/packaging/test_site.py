"""The documentation site is built, fetches nothing from elsewhere, and has every public name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wasidb
from tests.support.guides import ROOT

FETCHED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return folder


def test_every_page_is_there_and_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    guides = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"index", "FORMAT"}
    assert {f"{name}.html" for name in guides} <= set(pages)
    assert {
        name: FETCHED.findall(page) for name, page in pages.items() if FETCHED.search(page)
    } == {}


def test_the_reference_has_every_public_name(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    missing = [name for name in wasidb.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []
