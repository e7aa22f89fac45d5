"""What all tests of faults have in common."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _few_pages_are_many(request: pytest.FixtureRequest) -> Iterator[None]:
    """Has the cache let go of what is copied from the fourth page of a change on, so that crashes
    meet what is logged with and without a look at what it was.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--build") != "component":
            patch.setattr("wasidb_guest.pages.commit_point.LARGE_CHANGE", 3)
        yield
