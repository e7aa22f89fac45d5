import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import TYPES, cells_of
from wasidb_guest import values
from wasidb_guest.definitions import (
    ColumnDefinition,
    Default,
    ForeignKey,
    TableDefinition,
    define_table,
)
from wasidb_guest.encoding.snapshot import (
    decode_snapshot,
    encode_snapshot,
    fingerprint,
    schema_hash,
)
from wasidb_guest.errors import Corrupted, LimitExceeded

CASES = json.loads((Path(__file__).parent / "data" / "snapshots.json").read_text())

ID = ColumnDefinition("id", values.UINT32)
NAME = ColumnDefinition("name", values.TEXT)
ROLE = values.custom("role", 1)
SINGLE_BYTES = bytes.fromhex(
    "01 06 73696e676c65 02 6964 20000000 0200"
    "0700 02 6964 12 0c 00 00"
    "0900 04 6e616d65 51 00 00 00"
    "0100 0500 01 02 6964 01"
)


def column(name: str, data_type: values.DataType, **properties: Any) -> ColumnDefinition:
    return ColumnDefinition(name, data_type, **properties)


def default(data_type: values.DataType, cell: object) -> Default:
    return Default(cell, data_type)


SINGLE = define_table("single", "id", [ID, NAME])
TABLES = {
    "single": SINGLE,
    "users": define_table(
        "users",
        "id",
        [
            ID,
            NAME,
            column("email", values.TEXT, unique=True),
            column("age", values.UINT32, nullable=True),
            column("city", values.TEXT),
            column("zip", values.INT64),
        ],
        [["age"], ["city", "zip"]],
    ),
    "fixed": define_table("fixed", "id", [ID, column("v", values.UINT32)]),
    "auto": define_table(
        "auto", "id", [column("id", values.UINT64, autoincrement=True), column("body", values.TEXT)]
    ),
    "defs": define_table(
        "defs",
        "id",
        [
            ID,
            column("lvl", values.UINT16, default=default(values.UINT16, 7)),
            column("s", values.TEXT, default=default(values.TEXT, "x")),
            column("n", values.TEXT, nullable=True),
        ],
    ),
    "posts": define_table(
        "posts",
        "id",
        [
            ID,
            column("title", values.TEXT),
            column("owner", values.UINT32, references=ForeignKey("single", "id")),
        ],
    ),
    "custom": define_table(
        "custom",
        "id",
        [ID, column("role", ROLE), column("nrole", ROLE, nullable=True), NAME],
        [["role"]],
    ),
    "alltypes": define_table(
        "alltypes",
        "id",
        [
            column("id", values.INT64),
            column("bl", values.BLOB),
            column("bo", values.BOOLEAN),
            column("da", values.DATE),
            column("dt", values.DATETIME),
            column("i8", values.INT8),
            column("i16", values.INT16),
            column("i32", values.INT32),
            column("u8", values.UINT8),
            column("u16", values.UINT16),
            column("u32", values.UINT32),
            column("u64", values.UINT64),
            column("js", values.JSON),
            column("tx", values.TEXT),
            column("ni", values.INT32, nullable=True),
            column("nt", values.TEXT, nullable=True),
            column("nd", values.DATETIME, nullable=True),
            column("nj", values.JSON, nullable=True),
            column("dec", values.DECIMAL),
        ],
    ),
    "textpk": define_table("textpk", "id", [column("id", values.TEXT), column("v", values.UINT32)]),
}
HASHES = {
    ("single",): 0x12EFD8556F116683,
    ("users",): 0x77ED2623B14C0078,
    ("fixed",): 0x1F531009B1FD7062,
    ("auto",): 0x0C89887FF8D65034,
    ("defs",): 0x8801C9FB57833A73,
    ("posts",): 0xFE663D40F1121E3A,
    ("custom",): 0x72F3C3646D252B5D,
    ("alltypes",): 0xBC66BBD9C7E4F597,
    ("textpk",): 0xE52FF044E58CE66D,
    ("textpk", "single"): 0x58BBF665729DE15F,
    (): 0xE12EF9D2EB86CEEB,
}


def test_the_worked_example() -> None:
    assert encode_snapshot(SINGLE) == SINGLE_BYTES
    assert decode_snapshot(SINGLE_BYTES + bytes(18), page=3) == SINGLE


@pytest.mark.parametrize(("names", "expected"), HASHES.items(), ids=str)
def test_schema_hashes_of_the_rust_engine(names: tuple[str, ...], expected: int) -> None:
    assert schema_hash(TABLES[name] for name in names) == expected


def test_fingerprint() -> None:
    assert fingerprint("users") == 0x4CE8A257F7C83669


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['case']}-{case['schema']}")
def test_snapshots_of_the_rust_engine(case: dict[str, Any]) -> None:
    definitions = []
    for table in case["tables"]:
        stored = bytes.fromhex(table["snapshot"])
        definition = decode_snapshot(stored + bytes(100), page=3)
        assert encode_snapshot(definition) == stored
        assert fingerprint(definition.name) == int(table["fingerprint"], 16)
        definitions.append(definition)
    if case["schema_hash"] is not None:
        assert schema_hash(definitions) == int(case["schema_hash"], 16)


@st.composite
def tables(draw: st.DrawFn) -> TableDefinition:
    names = draw(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True))
    names = [name.encode(errors="replace").decode() for name in names]
    columns = [draw(columns_called(name)) for name in dict.fromkeys(names)]
    key = draw(st.sampled_from([*(c.name for c in columns if not c.nullable), "key"]))
    if key == "key":
        columns.append(column("key", values.TEXT))
    return define_table("täble", key, columns, alignment=draw(st.sampled_from([8, 32, 1024])))


@st.composite
def columns_called(draw: st.DrawFn, name: str) -> ColumnDefinition:
    data_type = draw(st.sampled_from(TYPES))
    nullable = draw(st.booleans())
    cells = cells_of(data_type) | st.none() if nullable else cells_of(data_type)
    automatic = data_type.is_integer and not nullable and draw(st.booleans())
    return column(
        name,
        data_type,
        nullable=nullable,
        autoincrement=automatic,
        unique=draw(st.booleans()),
        references=draw(st.sampled_from([None, ForeignKey("a", "b", "cascade")])),
        default=None if automatic else draw(st.none() | cells.map(lambda c: Default(c, data_type))),
    )


@given(tables())
def test_round_trip(table: TableDefinition) -> None:
    stored = encode_snapshot(table)
    assert encode_snapshot(decode_snapshot(stored, page=3)) == stored
    assert repr(decode_snapshot(stored, page=3)) == repr(table)


@pytest.mark.parametrize("size", range(len(SINGLE_BYTES)))
def test_every_cut_is_noticed(size: int) -> None:
    with pytest.raises(Corrupted) as caught:
        decode_snapshot(SINGLE_BYTES[:size], page=3)
    assert caught.value.details["page"] == 3


@pytest.mark.parametrize("name", TABLES)
def test_any_changed_byte_is_noticed_or_harmless(name: str) -> None:
    stored = encode_snapshot(TABLES[name])
    for at in range(len(stored)):
        for value in (0, 1, 0x7F, 0xFF, stored[at] ^ 0x10):
            damaged = stored[:at] + bytes((value,)) + stored[at + 1 :]
            try:
                definition = decode_snapshot(damaged, page=3)
            except Corrupted:
                continue
            assert damaged.startswith(encode_snapshot(definition))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("01 06 73", "02 06 73", "offset 0: snapshot version is 2 instead of 1"),
        ("06 73696e676c65", "00", "offset 1: table name is empty"),
        ("20000000 0200", "00000000 0200", "its alignment is 0"),
        ("20000000 0200", "00000100 0200", "its alignment is 65536"),
        ("02 6964 12 0c", "02 6964 99 0c", "offset 22: 0x99 is no column type"),
        ("6964 12 0c", "6964 12 1c", "offset 23: column flags are 0x1c"),
        ("12 0c 00 00", "12 0c 02 00", "offset 24: foreign key flag is 2"),
        ("02 6964 20", "02 6965 20", "the primary key 'ie' is no column"),
        ("01 02 6964 01", "01 02 6965 01", r"an index is over \('ie',\)"),
        ("0100 0500 01 02 6964 01", "0100 0200 00 01", r"an index is over \(\)"),
        ("0100 0500 01 02 6964 01", "0000", "the primary key has no index"),
        ("04 6e616d65 51 00", "04 6e616d65 51 02", "column 'name' cannot number itself"),
        ("0900 04 6e616d65 51 00 00 00", "0a00 04 6e616d65 51 00 00 00 00", "ends 1 bytes early"),
        ("0900 04 6e616d65", "0700 02 6964", "two columns have the same name"),
    ],
)
def test_corrupted(old: str, new: str, problem: str) -> None:
    before, after = bytes.fromhex(old), bytes.fromhex(new)
    assert SINGLE_BYTES.count(before) == 1
    damaged = SINGLE_BYTES.replace(before, after)
    with pytest.raises(Corrupted, match=problem):
        decode_snapshot(damaged, page=3)


def with_default(data_type: values.DataType, stored: str) -> bytes:
    """`single` with a third column "v" whose default is stored as given."""
    tagged = bytes.fromhex(stored)
    fields = bytes((1, ord("v"), data_type.snapshot_tag, 0, 0, 1, len(tagged), 0)) + tagged
    snapshot = SINGLE_BYTES.replace(bytes.fromhex("0200 0700"), bytes.fromhex("0300 0700"))
    return snapshot.replace(
        bytes.fromhex("0100 0500"), bytes((len(fields), 0)) + fields + bytes.fromhex("0100 0500")
    )


def test_a_widened_column_keeps_the_default_it_had() -> None:
    """The Rust engine widens a column's type and leaves the tag of its default as it was."""
    stored = with_default(values.INT64, "07 05000000")
    definition = decode_snapshot(stored, page=3)
    assert definition.column("v").default == Default(5, values.INT32)
    assert encode_snapshot(definition) == stored


@pytest.mark.parametrize(
    ("data_type", "stored", "problem"),
    [
        (values.INT8, "07 00010000", "default is not a whole number from -128 to 127"),
        (values.TEXT, "07 05000000", "value is not of type text"),
        (values.INT32, "07 0500000000", "default ends 1 bytes early"),
    ],
)
def test_a_default_that_does_not_fit(data_type: values.DataType, stored: str, problem: str) -> None:
    with pytest.raises(Corrupted, match=problem):
        decode_snapshot(with_default(data_type, stored), page=3)


def test_a_definition_needs_to_fit_its_page() -> None:
    columns = [column(f"{i:0200}", values.TEXT) for i in range(400)]
    with pytest.raises(LimitExceeded, match="takes 83217 bytes; 65536 is the limit"):
        encode_snapshot(define_table("t", columns[0].name, columns))


def test_a_default_needs_to_fit_its_column() -> None:
    text = Default("x" * 65_535, values.TEXT)
    table = define_table("t", "id", [ID, column("v", values.TEXT, default=text)])
    with pytest.raises(LimitExceeded, match=r"column t\.v has a default of too many bytes"):
        encode_snapshot(table)
