"""The fixtures of the suite: a database on the build under test, checked when the test is over.

is_compiled      whether kernels are
database_file    where the test's database lies
open_engine      opens the engine on a path; everything it opened is checked and closed at the end
engine           an engine on `database_file`, spoken to through the contract
db               the same as a `wasidb.Database`
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest, Start

OpenEngine = Callable[[Path], EngineUnderTest]


@pytest.fixture(scope="session")
def start(request: pytest.FixtureRequest) -> Start:
    """How the selected build is started on a file; tests that use no engine import none."""
    if request.config.getoption("--build") == "component":
        from tests.support.component import start
    else:
        from tests.support.in_process import start
    return start


@pytest.fixture(scope="session")
def is_compiled(request: pytest.FixtureRequest) -> bool:
    """Whether kernels are quick: a test of many rows takes fewer of them if they are not."""
    return bool(request.config.getoption("--build") != "interpreted")


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "test.wasidb"


@pytest.fixture
def open_engine(start: Start) -> Iterator[OpenEngine]:
    opened: list[EngineUnderTest] = []

    def open_engine(path: Path) -> EngineUnderTest:
        opened.append(EngineUnderTest(path, start))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.finish()


@pytest.fixture
def engine(open_engine: OpenEngine, database_file: Path) -> EngineUnderTest:
    return open_engine(database_file)


@pytest.fixture
def db(engine: EngineUnderTest) -> wasidb.Database:
    return wasidb.Database(engine)
