"""Every script of this folder prints what it says; see tests/support/golden.py for the language.

Expected output was written by hand from the description of the layout and of the semantics.
`--rewrite-golden` writes what the engine prints instead: read the difference before you keep it.
"""

from pathlib import Path

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden import run_script

FOLDER = Path(__file__).parent
SCRIPTS = {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*.txt"))}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str, engine: EngineUnderTest, request: pytest.FixtureRequest) -> None:
    expected = SCRIPTS[name].read_text(encoding="utf-8")
    printed = run_script(expected, engine)
    if request.config.getoption("--rewrite-golden"):
        SCRIPTS[name].write_text(printed, encoding="utf-8")
    else:
        assert printed == expected
