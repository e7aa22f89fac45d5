"""docs/queries.md says which Arrow types a column takes and which one it is given out as."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.arrow import arrow_bytes
from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import InvalidValue
from wasidb_guest.values import BUILT_IN

ROW = re.compile(r"^\| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
SECTION = (
    Path(__file__)
    .parents[2]
    .joinpath("docs/queries.md")
    .read_text(encoding="utf-8")
    .partition("| column | Arrow, out | Arrow, in |\n|---|---|---|\n")[2]
    .partition("\n\n")[0]
)
GROUPS = {
    "integers": [pa.int8(), pa.int16(), pa.int32(), pa.int64(),
                 pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()],
    "floats": [pa.float16(), pa.float32(), pa.float64()],
    "bool": [pa.bool_()],
    "strings": [pa.utf8(), pa.large_utf8(), pa.json_()],
    "binaries": [pa.binary(), pa.large_binary(), pa.binary(16), pa.uuid()],
    "dates": [pa.date32(), pa.date64()],
    "timestamps": [pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns")
                   for zone in (None, "UTC", "+02:00", "Europe/Oslo")],
    "decimals": [pa.decimal32(9, 2), pa.decimal64(18, 0), pa.decimal128(38, 28),
                 pa.decimal256(76, 76)],
}  # fmt: skip
REFUSED = [
    pa.time32("s"), pa.time64("us"), pa.duration("s"), pa.list_(pa.int8()), pa.struct([]),
    pa.string_view(), pa.binary_view(), pa.run_end_encoded(pa.int32(), pa.utf8()),
    pa.decimal128(9, -2), pa.dictionary(pa.int8(), pa.bool_()),
]  # fmt: skip
CUSTOM = {"custom of 16 bytes": "custom:point:16", "custom": "custom:phone"}


def rows() -> list[tuple[str, str, list[str]]]:
    """A column type as golden scripts write it, the Arrow type out, the groups of types in."""
    return [
        (CUSTOM.get(name, name), name if out == "the same" else out.strip("`"), taken.split(", "))
        for names, out, taken in ROW.findall(SECTION)
        for name in names.split(", ")
    ]


def test_the_table_has_every_type() -> None:
    assert {name for name, _, _ in rows()} == {*BUILT_IN, *CUSTOM.values()}


@pytest.mark.parametrize(("name", "out", "taken"), rows(), ids=str)
def test_types_are_those_of_the_table(
    engine: EngineUnderTest, name: str, out: str, taken: list[str]
) -> None:
    engine.create(parse_definition(f"t: id uint8 key, c {name} null"))
    if name == "decimal":
        engine.insert("t", ["id", "c"], [1, "0.25"])
    stream = engine.call("columns", "select-bytes", '{"from": "t", "columns": ["c"]}', None)
    with pa.ipc.open_stream(stream) as reader:
        assert str(reader.schema.field("c").type) == out
    expected = {str(each) for group in taken for each in GROUPS[group]}
    every = [each for group in GROUPS.values() for each in group]
    found = {str(each) for each in [*every, *REFUSED] if takes(engine, each)}
    assert found == expected
    assert takes(engine, pa.null())
    for encoded in (each for group in taken for each in GROUPS[group] if group != "bool"):
        if not isinstance(encoded, pa.BaseExtensionType):
            assert takes(engine, pa.dictionary(pa.int8(), encoded))


def takes(engine: EngineUnderTest, type: pa.DataType) -> bool:
    """Whether a stream with a column of this type, and no rows, is taken."""
    columns = {"id": pa.array([], pa.uint8()), "c": pa.nulls(0, type)}
    try:
        engine.call("columns", "insert-bytes", "t", arrow_bytes(pa.table(columns)), None)
    except InvalidValue:
        return False
    return True
