"""What the schema of a stream decides before any row is read."""

import io
import struct

import pyarrow as pa
import pytest

from tests.unit.guest.arrow.blocks import ABSENT, root_with
from tests.unit.guest.arrow.streams import table_of, write_stream
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.arrow.schema import read_schema
from wasidb_guest.encoding.arrow.stream import KNOWN_SIZE_MAX, _known_columns, read_stream
from wasidb_guest.errors import InvalidValue, NotNullViolated, UnknownColumn
from wasidb_guest.values import BUILT_IN, DATETIME, custom

INTEGERS = [name for name in BUILT_IN if "int" in name]
EVERY_TYPE = {**BUILT_IN, "custom": custom("point"), "custom of 16": custom("point", 16)}
BINARIES = [pa.binary(), pa.large_binary()]
TEXTS = [pa.string(), pa.large_string()]

# What every Arrow type can be stored as; whatever is not listed must be refused.
STORABLE = {
    pa.null(): set(EVERY_TYPE),
    pa.bool_(): {"boolean"},
    **{getattr(pa, name)(): {*INTEGERS, "float32", "float64"} for name in INTEGERS},
    **{kind: {"float32", "float64"} for kind in (pa.float16(), pa.float32(), pa.float64())},
    **{kind: {"text", "json", "uuid", "decimal", "date", "datetime"} for kind in TEXTS},
    **{kind: {"blob", "uuid", "custom", "custom of 16"} for kind in (*BINARIES, pa.binary(16))},
    pa.binary(15): {"blob", "custom"},
    pa.date32(): {"date"},
    pa.date64(): {"date"},
    pa.timestamp("s"): {"datetime"},
    pa.timestamp("ns", "Europe/Rome"): {"datetime"},
    pa.timestamp("us", "+05:30"): {"datetime"},
    pa.decimal128(38, 28): {"decimal"},
    pa.decimal128(38, 29): {"decimal"},
    pa.decimal128(5, -2): set(),
    pa.decimal256(5, 77): set(),
    **{
        kind: {"decimal"} for kind in (pa.decimal32(9, 2), pa.decimal64(9, 2), pa.decimal256(40, 2))
    },
    pa.dictionary(pa.int8(), pa.string()): {"text", "json", "uuid", "decimal", "date", "datetime"},
    pa.dictionary(pa.int32(), pa.bool_()): set(),
    **{
        kind: set()
        for kind in (
            pa.time32("s"),
            pa.time64("us"),
            pa.duration("s"),
            pa.month_day_nano_interval(),
            pa.list_(pa.int8()),
            pa.large_list(pa.int8()),
            pa.list_(pa.int8(), 3),
            pa.struct([("a", pa.int8())]),
            pa.map_(pa.string(), pa.int8()),
            pa.sparse_union([pa.field("a", pa.int8())]),
            pa.run_end_encoded(pa.int32(), pa.int8()),
            pa.string_view(),
            pa.binary_view(),
            pa.list_view(pa.int8()),
            pa.large_list_view(pa.int8()),
        )
    },
}


def read_types(schema: pa.Schema, table: TableDefinition) -> None:
    """Reads a stream that ends behind its schema."""
    read_stream(io.BytesIO(schema.serialize()), table)


@pytest.mark.parametrize("arrow_type", STORABLE, ids=str)
def test_which_types_can_be_stored_as_which(arrow_type):
    schema = pa.schema([("c", arrow_type)])
    for name, data_type in EVERY_TYPE.items():
        if name in STORABLE[arrow_type]:
            read_types(schema, table_of(c=data_type))
        else:
            with pytest.raises(InvalidValue, match=r"^column t\.c of type .* cannot store Arrow "):
                read_types(schema, table_of(c=data_type))


@pytest.mark.parametrize(
    ("arrow_type", "shown"),
    [
        (pa.list_(pa.int8()), "list"),
        (pa.string_view(), "string_view"),
        (pa.decimal128(10, 3), "decimal128(10, 3)"),
        (pa.decimal256(40, 2), "decimal256(40, 2)"),
        (pa.timestamp("ms"), "timestamp[ms]"),
        (pa.timestamp("ns", "Europe/Rome"), "timestamp[ns, tz=Europe/Rome]"),
        (pa.binary(15), "fixed_size_binary[15]"),
        (pa.date32(), "date32[day]"),
        (pa.date64(), "date64[ms]"),
        (pa.float16(), "halffloat"),
        (pa.large_string(), "large_string"),
        (pa.dictionary(pa.uint8(), pa.string()), "dictionary<values=string, indices=uint8>"),
        (pa.dictionary(pa.int8(), pa.bool_()), "dictionary of bool"),
    ],
    ids=str,
)
def test_a_refusal_names_column_and_both_types(arrow_type, shown):
    with pytest.raises(InvalidValue) as caught:
        read_types(pa.schema([("c", arrow_type)]), table_of(c=BUILT_IN["int16"]))
    assert caught.value.message == f"column t.c of type int16 cannot store Arrow {shown}"
    assert caught.value.details == {
        "table": "t",
        "column": "c",
        "value": shown,
        "expected": "an Arrow type of Integer, Null that fits int16",
    }


def test_an_unknown_column_is_refused():
    with pytest.raises(UnknownColumn, match="table 't' has no column 'd'"):
        read_types(pa.schema([("c", pa.int8()), ("d", pa.int8())]), table_of(c=BUILT_IN["int8"]))


def test_a_column_comes_once():
    with pytest.raises(InvalidValue, match=r"column t\.c comes twice"):
        read_types(pa.schema([("c", pa.int8()), ("c", pa.int8())]), table_of(c=BUILT_IN["int8"]))


def test_a_schema_that_is_known_is_judged_anew_for_another_table():
    schema = pa.schema([("c", pa.int8())])
    stream = schema.serialize().to_pybytes()
    for _ in range(2):
        read_stream(io.BytesIO(stream), table_of(c=BUILT_IN["int8"]))
        with pytest.raises(InvalidValue, match=r"column t\.c of type text cannot store Arrow int8"):
            read_stream(io.BytesIO(stream), table_of(c=BUILT_IN["text"]))
        with pytest.raises(NotNullViolated):
            read_stream(io.BytesIO(stream), table_of(c=BUILT_IN["int8"]), ["d"])


def test_a_schema_is_known_unless_it_is_large():
    few, much = {"note": "few"}, {"note": "x" * KNOWN_SIZE_MAX}
    _known_columns.cache_clear()
    for metadata in (few, much, few, much):
        schema = pa.schema([("c", pa.int8())], metadata=metadata)
        read_types(schema, table_of(c=BUILT_IN["int8"]))
    assert _known_columns.cache_info()[:2] == (1, 1)


def test_nothing_is_read_of_a_table_whose_last_column_cannot_be_stored():
    table = pa.table({"a": pa.array([1000]), "b": pa.array([[1]])})
    definition = table_of(a=BUILT_IN["int8"], b=BUILT_IN["text"])
    with pytest.raises(InvalidValue, match=r"column t\.b of type text cannot store Arrow list"):
        read_stream(io.BytesIO(write_stream(table)), definition)


@pytest.mark.parametrize("zone", ["+24:00", "-12:60", "+0200", "+2:00", "-", "+١٢:00"])
def test_an_offset_that_is_none_does_not_pass_for_a_name(zone):
    with pytest.raises(InvalidValue, match="is neither a name nor an offset"):
        read_types(pa.schema([("c", pa.timestamp("s", zone))]), table_of(c=DATETIME))


def test_big_endian_data_is_refused():
    with pytest.raises(InvalidValue, match="big-endian data is not supported"):
        list(read_schema(root_with(struct.pack("<h", 1))))


def test_a_field_has_a_name():
    fields = struct.pack("<IIiHH", 1, 4, 4, 4, 4)
    with pytest.raises(InvalidValue, match="field without a name at byte"):
        list(read_schema(root_with(ABSENT, struct.pack("<I", 4), behind=fields)))
