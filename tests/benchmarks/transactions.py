"""What a row costs in a large transaction, beside what it costs in small ones.

    python tests/benchmarks/transactions.py [FOLDER]

Natively compiled, without host, component and JSON: statements that insert one row each, in
transactions of 1,000 and in one of 100,000, both until the table has as many rows; `on top` are the
same while somebody else commits in between, so that everything is done again when they commit.
The promise is that a row of the large one takes no more than 1.5 times as long.
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("build/native", "memory_provider")]

from wasidb_guest.api.engine import Engine  # noqa: E402
from wasidb_guest.definitions import ColumnDefinition, define_table  # noqa: E402
from wasidb_guest.encoding.cell_vectors import constant_vector  # noqa: E402
from wasidb_guest.transactions.store import Store  # noqa: E402
from wasidb_guest.values import TEXT, UINT64  # noqa: E402
from wasidb_guest.vectors import Batch  # noqa: E402

ROWS = 100_000
SMALL = 1_000
RATIO_MAX = 1.5
BODY = "sixty characters of text, as a short message would have them"
COLUMNS = [ColumnDefinition("id", UINT64), ColumnDefinition("body", TEXT)]


def opened(path: Path) -> Store:
    engine = Engine()
    engine.open(str(path))
    with engine.store.session(None) as transaction:
        tables = [define_table(name, "id", COLUMNS) for name in ("messages", "others")]
        transaction.create_tables(tables)
    return engine.store


def insert(store: Store, table: str, number: int, tx: int | None) -> None:
    vectors = [constant_vector(UINT64, number, 1), constant_vector(TEXT, BODY, 1)]
    with store.session(tx) as transaction:
        transaction.insert(table, Batch(["id", "body"], vectors, 1))


def seconds(folder: Path, size: int, *, is_on_top: bool) -> float:
    """How long it takes to insert all rows in transactions of so many."""
    store = opened(folder / f"{size} {is_on_top}.wasidb")
    begun = perf_counter()
    for first in range(0, ROWS, size):
        tx = store.begin()
        for number in range(first, first + size):
            insert(store, "messages", number, tx)
        if is_on_top:
            insert(store, "others", first, None)
        store.commit(tx)
    taken = perf_counter() - begun
    store.close()
    return taken


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        for name, is_on_top in (("alone", False), ("on top", True)):
            small, large = (
                seconds(Path(folder), size, is_on_top=is_on_top) for size in (SMALL, ROWS)
            )
            print(
                f"{name:6}  {small / ROWS * 1e6:5.1f} us a row in transactions of {SMALL:,}, "
                f"{large / ROWS * 1e6:5.1f} us in one of {ROWS:,}: "
                f"{large / small:.2f} times, at most {RATIO_MAX}"
            )


if __name__ == "__main__":
    main()
