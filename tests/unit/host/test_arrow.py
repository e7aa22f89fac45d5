"""Arrow data cut into pieces of types the engine reads, and the tables it writes."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from wasidb import Field, InvalidValue, Table
from wasidb.arrow import CHUNK_ROWS, CHUNK_SIZE, Chunk, chunks, mapped_table, read_csv


class City(Table):
    code: str = Field(primary_key=True)
    people: int | None = None


def written(data: Any, folder: Path) -> list[pa.Table]:
    """What the engine would read of each piece."""
    pieces = []
    for chunk in chunks(data)[0]:
        path = folder / "piece.arrow"
        chunk.write(path)
        with pa.ipc.open_stream(path.read_bytes()) as stream:
            pieces.append(stream.read_all())
    return pieces


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["a", None, "b"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays([0, None, 1], pa.array(["a", "b"], pa.string_view())),
        pc.run_end_encode(pa.array(["a", None, "b"])),
        pa.array(["a", None, "b"], pa.string_view()),
        pa.array([b"a", None, b"b"], pa.binary_view()),
        pa.array([Decimal("1.5"), None, Decimal("-2.0")], pa.decimal256(50, 1)),
        pa.array([1, None, 3], pa.int8()),
        pa.array(["a", None, "b"], pa.large_utf8()),
    ],
    ids=lambda values: str(values.type),
)
def test_values_survive(values: pa.Array, tmp_path: Path) -> None:
    (piece,) = written(pa.table({"x": values}), tmp_path)
    assert piece.column("x").to_pylist() == values.to_pylist()
    kind = piece.schema.field("x").type
    assert not pa.types.is_dictionary(kind)
    assert str(kind) not in ("string_view", "binary_view")


def test_large_batches_are_cut_and_small_ones_gathered(tmp_path: Path) -> None:
    large = pa.table({"x": range(2 * CHUNK_ROWS + 1)})
    small = pa.table(pa.Table.from_batches(pa.table({"x": [n]}).to_batches()[0] for n in range(3)))
    assert [piece.num_rows for piece in written(large, tmp_path)] == [CHUNK_ROWS, CHUNK_ROWS, 1]
    assert [piece.num_rows for piece in written(small, tmp_path)] == [3]
    assert pa.concat_tables(written(large, tmp_path)).equals(large)


def test_chunks_of_wide_rows_have_about_the_same_size(tmp_path: Path) -> None:
    wide = pa.table({"x": ["x" * (CHUNK_SIZE // 8)] * 20})
    counts = [piece.num_rows for piece in written(wide, tmp_path)]
    assert sum(counts) == 20
    assert set(counts[:-1]) == {7}


def test_column_without_a_name_is_no_table() -> None:
    with pytest.raises(InvalidValue, match=r"expected Arrow data.*got ChunkedArray: .*int64"):
        chunks(pa.chunked_array([[1, 2]]))


def test_encoding_that_cannot_be_undone_is_named() -> None:
    values = pa.array(["a"]).dictionary_encode()
    twice = pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), values)
    with pytest.raises(InvalidValue, match="column 'x' does not fit string"):
        list(chunks(pa.table({"x": twice}))[0])


def test_no_rows_no_pieces() -> None:
    pieces, total = chunks(pa.table({"x": pa.array([], pa.int64())}))
    assert (list(pieces), total) == ([], 0)


def test_streams_of_unknown_length() -> None:
    table = pa.table({"x": [1, 2]})
    pieces, total = chunks(table.to_reader())
    assert (len(list(pieces)), total) == (1, None)
    pieces, total = chunks(table.to_batches()[0])
    assert (len(list(pieces)), total) == (1, 2)


def test_other_things_are_refused() -> None:
    with pytest.raises(InvalidValue, match=r"expected Arrow data.* got list"):
        chunks([1, 2])


def test_csv_keeps_text_and_finds_nulls() -> None:
    table = read_csv(io.BytesIO(b"code,people\n007,NA\nNA,3\n"), City.__table__, null="NA")
    assert table.to_pylist() == [{"code": "007", "people": None}, {"code": None, "people": 3}]


def test_csv_that_is_none() -> None:
    with pytest.raises(InvalidValue, match="not a CSV file for 'city'"):
        read_csv(io.BytesIO(b"code,people\n1\n"), City.__table__, null="NA")


def test_tables_outlive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "answer.arrow"
    table = pa.table({"a": [1, None], "b": ["x", "y"]})
    Chunk(table.to_batches()).write(path)
    mapped = mapped_table(path, places=[0, 1], names=["a", "b"])
    path.unlink()
    assert mapped == table


def test_columns_are_put_in_order_and_named(tmp_path: Path) -> None:
    path = tmp_path / "answer.arrow"
    table = pa.table({"carrier": ["UA"], "n": [7], "mean": [1.5], "related": ["[]"]})
    Chunk(table.to_batches()).write(path)
    mapped = mapped_table(path, places=[1, 0, 2], names=["count", "airline", "mean"])
    assert mapped.to_pylist() == [{"count": 7, "airline": "UA", "mean": 1.5, "related": "[]"}]
