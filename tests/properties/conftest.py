"""Databases for tests that make many of them."""

import pytest

from tests.support.engine_under_test import Start


@pytest.fixture(scope="session")
def quick_start(start: Start, request: pytest.FixtureRequest) -> Start:
    """How an engine is started on an empty database: in memory, unless it is a component."""
    if request.config.getoption("--build") == "component":
        return start
    from tests.support import in_memory

    return in_memory.start
