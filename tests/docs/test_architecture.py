"""The architecture tour leads through modules that are there, and leaves no package out."""

import re

from tests.support.guides import ROOT

TOUR = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
ENGINE = ROOT / "guest/wasidb_guest"
MODULE = re.compile(r"`([\w/]+\.(?:py|pxd))`|^(encoding/\w+\.\w+) ", re.MULTILINE)


def test_every_module_it_names_is_there() -> None:
    named = {first or second for first, second in MODULE.findall(TOUR)}
    assert len(named) > 50
    assert [
        name for name in sorted(named) if not any((at / name).is_file() for at in (ENGINE, ROOT))
    ] == []


def test_every_package_of_the_engine_is_on_the_way() -> None:
    packages = {path.parent.name for path in ENGINE.glob("*/__init__.py")}
    assert [name for name in sorted(packages) if not re.search(rf"\b{name}\b", TOUR)] == []
