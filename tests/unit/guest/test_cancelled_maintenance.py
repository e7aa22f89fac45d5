"""Work on a whole file can be stopped, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import Cancelled
from wasidb_memory import HeapMemory

WORK: dict[str, Callable[[Maintenance, Path], object]] = {
    "check": lambda maintenance, _: maintenance.check(),
    "page map": lambda maintenance, _: maintenance.page_map(),
    "statistics": lambda maintenance, _: maintenance.statistics(),
    "snapshot": lambda maintenance, path: maintenance.snapshot(str(path)),
    "compact": lambda maintenance, path: maintenance.compact(str(path)),
}


@pytest.mark.parametrize("work", WORK.values(), ids=list(WORK))
def test_cancelled(work: Callable[[Maintenance, Path], object], tmp_path: Path) -> None:
    engine = EngineOnMemory(HeapMemory())
    maintenance = Maintenance(engine)
    Catalog(engine).create_tables(
        '[{"name": "notes", "primary_key": "id", "columns": [{"name": "id", "type": "uint32"}]}]'
    )
    Rows(engine).insert("notes", '{"columns": ["id"], "rows": [[1], [2]]}', None)
    limits = engine.store.limits
    never, limits.is_cancelled = limits.is_cancelled, lambda: True
    with pytest.raises(Cancelled):
        work(maintenance, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
    limits.is_cancelled = never
    assert maintenance.check() == "[]"
    work(maintenance, tmp_path / "copy")
