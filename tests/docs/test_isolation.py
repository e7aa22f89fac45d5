"""The table of docs/transactions.md is what the isolation scripts show.

`pytest --rewrite-golden tests/docs/test_isolation.py` writes it anew.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/transactions.md"
SCRIPTS = sorted((ROOT / "tests/golden/isolation").glob("*.txt"))
PLACE = re.compile(r"(?<=<!-- levels -->\n).*?(?=<!-- end -->)", re.DOTALL)


def outcome(script: str, level: str) -> str:
    """What a script says of a level: `prevented` or `possible`."""
    found = re.findall(rf"^# {level}: (prevented|possible)$", script, re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def table() -> str:
    """A line for each anomaly."""
    lines = ["| | `snapshot` | `serializable` |", "|---|---|---|"]
    for path in SCRIPTS:
        script = path.read_text(encoding="utf-8")
        title = script.partition("\n")[0].removeprefix("# ").rstrip(".")
        levels = [outcome(script, level) for level in ("snapshot", "serializable")]
        lines.append(f"| {title} | {levels[0]} | {levels[1]} |")
    return "\n".join(lines) + "\n"


def test_table_is_what_the_scripts_show(request: pytest.FixtureRequest) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rewritten = PLACE.sub(lambda _: table(), text)
    if request.config.getoption("--rewrite-golden"):
        DOCUMENT.write_text(rewritten, encoding="utf-8")
    else:
        assert text == rewritten
    assert len(SCRIPTS) == 11
