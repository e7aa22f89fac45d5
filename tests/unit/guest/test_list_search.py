"""When a list leads to so much of a table that its rows are better read in another way."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from wasidb_guest.api.list_search import ROWS_MAX, is_much
from wasidb_guest.tables.index import Index


@pytest.mark.parametrize(
    ("count", "entries", "much"),
    [
        (1_000, 10, False),
        (1_001, 4_000, True),
        (1_001, 4_004, False),
        (ROWS_MAX, 10_000_000, False),
        (ROWS_MAX + 1, 10_000_000, True),
    ],
)
def test_much(count: int, entries: int, much: bool) -> None:
    def estimate(*_: Any, **__: Any) -> int:
        return entries

    assert is_much(cast(Index, SimpleNamespace(estimate=estimate)), count) is much
