"""Databases for tests that make many of them."""

from collections.abc import Iterator

import pytest

from tests.support.engine_under_test import Start


@pytest.fixture(scope="session")
def quick_start(start: Start, request: pytest.FixtureRequest) -> Start:
    """How an engine is started on an empty database: in memory, unless it is a component."""
    if request.config.getoption("--build") == "component":
        return start
    from tests.support import in_memory

    return in_memory.start


@pytest.fixture(scope="module", autouse=True)
def _few_are_many(request: pytest.FixtureRequest) -> Iterator[None]:
    """Has statements change rows, and pages, in the way of many from a few on, so that both are
    met.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--build") != "component":
            patch.setattr("wasidb_guest.tables.table.MANY_ROWS", 3)
            patch.setattr("wasidb_guest.tables.outcome.MANY_ROWS", 3)
            patch.setattr("wasidb_guest.pages.commit_point.LARGE_CHANGE", 3)
        yield
