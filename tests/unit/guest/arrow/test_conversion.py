"""Every pair of types against Python's own idea of the value, with NULLs and at the edges."""

import math
import struct
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.arrow.streams import read_column, read_columns, table_of, write_stream
from wasidb_guest.errors import InvalidValue, LimitExceeded
from wasidb_guest.values import (
    BLOB,
    BOOLEAN,
    BUILT_IN,
    DATE,
    DATETIME,
    DECIMAL,
    FLOAT32,
    FLOAT64,
    INTEGER_RANGES,
    JSON,
    TEXT,
    UUID,
    custom,
)

INTEGERS = sorted(INTEGER_RANGES)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
DAY_SECONDS = 86_400
LAST_SECOND = 23_217_004 * DAY_SECONDS - 1
FIRST_SECOND = -719_528 * DAY_SECONDS
MANTISSA_MAX = (1 << 96) - 1


def column(cells: st.SearchStrategy, size: int = 20) -> st.SearchStrategy:
    """Columns with and without NULLs."""
    return st.lists(st.none() | cells, max_size=size) | st.lists(cells, max_size=size)


def integer_columns() -> st.SearchStrategy:
    """A source type, a target type, and values of the source, most of them near a limit."""
    edges = sorted(
        {
            edge + step
            for low, high in INTEGER_RANGES.values()
            for edge in (low, high)
            for step in (-1, 0, 1)
        }
    )

    def columns(source: str) -> st.SearchStrategy:
        low, high = INTEGER_RANGES[source]
        near = st.sampled_from([edge for edge in edges if low <= edge <= high])
        cells = near | st.integers(low, high) | st.integers(0, 100)
        return st.tuples(st.just(source), st.sampled_from(INTEGERS), column(cells))

    return st.sampled_from(INTEGERS).flatmap(columns)


@given(integer_columns())
def test_integers_fit_or_are_refused_with_their_row(case):
    source, target, values = case
    array = pa.array(values, getattr(pa, source)())
    low, high = INTEGER_RANGES[target]
    bad = [row for row, cell in enumerate(values) if cell is not None and not low <= cell <= high]
    if not bad:
        assert read_column(array, BUILT_IN[target]) == values
        return
    with pytest.raises(InvalidValue) as caught:
        read_column(array, BUILT_IN[target])
    assert caught.value.details == {
        "table": "t",
        "column": "c",
        "row": bad[0],
        "value": values[bad[0]],
        "expected": f"a whole number from {low} to {high}",
    }


@pytest.mark.parametrize("source", INTEGERS)
@pytest.mark.parametrize("target", INTEGERS)
def test_every_pair_of_integers_keeps_values_that_both_have(source, target):
    low = max(INTEGER_RANGES[source][0], INTEGER_RANGES[target][0])
    high = min(INTEGER_RANGES[source][1], INTEGER_RANGES[target][1])
    values = [low, None, high, 0]
    assert read_column(pa.array(values, getattr(pa, source)()), BUILT_IN[target]) == values


@given(column(st.booleans(), size=40))
def test_booleans(values):
    assert read_column(pa.array(values, pa.bool_()), BOOLEAN) == values


@pytest.mark.parametrize("data_type", [FLOAT32, FLOAT64], ids=str)
@given(values=column(st.floats(width=16)))
def test_narrow_floats_are_exact_in_every_float_column(data_type, values):
    for source in (pa.float16(), pa.float32(), pa.float64()):
        stored = read_column(pa.array(values, source), data_type)
        assert list(map(bits, stored)) == list(map(bits, values))


def bits(cell: float | None) -> bytes | None:
    """What tells 0.0 from -0.0, finds NaN equal to itself and any name of a float32 to another."""
    return None if cell is None else struct.pack("<f", math.nan if cell != cell else cell)


@given(column(st.floats(-3.4e38, 3.4e38)))
def test_double_rounds_to_float32(values):
    stored = read_column(pa.array(values, pa.float64()), FLOAT32)
    assert list(map(bits, stored)) == list(map(bits, values))


@pytest.mark.parametrize("value", [3.5e38, -1e300])
def test_double_beyond_float32_is_refused(value):
    with pytest.raises(InvalidValue) as caught:
        read_column(pa.array([1.0, math.inf, None, value, value]), FLOAT32)
    assert caught.value.details["row"] == 3
    assert caught.value.details["column"] == "c"


@pytest.mark.parametrize("source", INTEGERS)
def test_integers_in_float_columns(source):
    low, high = INTEGER_RANGES[source]
    values = [low, None, high, 7]
    array = pa.array(values, getattr(pa, source)())
    assert read_column(array, FLOAT64) == [float(low), None, float(high), 7.0]


dates = st.dates(date(1, 1, 1), date(9999, 12, 31))


@pytest.mark.parametrize("source", [pa.date32(), pa.date64()], ids=str)
@given(values=column(dates))
def test_dates(source, values):
    texts = [None if day is None else day.isoformat() for day in values]
    assert read_column(pa.array(values, source), DATE) == texts


def test_every_day_of_four_hundred_years():
    days = [date(1899, 12, 31) + timedelta(step) for step in range(146_100)]
    assert read_column(pa.array(days), DATE) == [day.isoformat() for day in days]


def test_first_and_last_date():
    days = pa.array([-719_528, 23_217_003], pa.int32())
    assert read_column(days.cast(pa.date32()), DATE) == ["0000-01-01", "65535-12-31"]


@pytest.mark.parametrize("day", [-719_529, 23_217_004, -(1 << 31), (1 << 31) - 1])
def test_dates_outside_the_calendar_are_refused(day):
    with pytest.raises(InvalidValue, match=r"t\.c \(row 1\): .* in the years 0 to 65535"):
        read_column(pa.array([0, day], pa.int32()).cast(pa.date32()), DATE)


def test_date64_is_whole_days():
    milliseconds = pa.array([86_400_000, 86_400_001], pa.int64())
    array = pa.Array.from_buffers(pa.date64(), 2, milliseconds.buffers())
    with pytest.raises(InvalidValue, match=r"t\.c \(row 1\): 86400001 is not a date64\[ms\] of wh"):
        read_column(array, DATE)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    ("zone", "minutes"),
    [(None, 0), ("UTC", 0), ("America/New_York", 0), ("+05:30", 330), ("-09:15", -555)],
)
@given(values=column(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))))
def test_timestamps(unit, zone, minutes, values):
    step = timedelta(microseconds=max(1_000_000 // UNITS[unit], 1))
    instants = [None if at is None else at.replace(tzinfo=UTC) for at in values]
    counts = [None if at is None else (at - EPOCH) // step for at in instants]
    scale = max(UNITS[unit] // 1_000_000, 1)
    array = pa.array([None if n is None else n * scale for n in counts], pa.int64())
    shown = [
        None
        if n is None
        else (EPOCH + n * step)
        .astimezone(timezone(timedelta(minutes=minutes)))
        .isoformat(timespec="microseconds")
        for n in counts
    ]
    assert read_column(array.cast(pa.timestamp(unit, zone)), DATETIME) == shown


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("minutes", [0, 330, -555])
def test_first_and_last_timestamp(unit, minutes):
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    units = UNITS[unit]
    first = (FIRST_SECOND - 60 * minutes) * units
    last = (LAST_SECOND + 1 - 60 * minutes) * units - 1
    kind = pa.timestamp(unit, zone)
    fraction = f"{1_000_000 - 1_000_000 // units:06}"
    assert read_column(pa.array([first, last]).cast(kind), DATETIME) == [
        f"0000-01-01T00:00:00.000000{zone}",
        f"65535-12-31T23:59:59.{fraction}{zone}",
    ]
    for count in (first - 1, last + 1, -(1 << 63), (1 << 63) - 1):
        with pytest.raises(InvalidValue, match=r"t\.c \(row 1\): .* in the years 0 to 65535"):
            read_column(pa.array([0, count]).cast(kind), DATETIME)


def test_nanoseconds_must_be_whole_microseconds():
    array = pa.array([1000, None, 1001]).cast(pa.timestamp("ns"))
    with pytest.raises(
        InvalidValue, match=r"row 2\): 1001 is not a timestamp\[ns\] of whole micro"
    ):
        read_column(array, DATETIME)


@given(scale=st.integers(0, 28), values=column(st.integers(-MANTISSA_MAX, MANTISSA_MAX)))
def test_decimals(scale, values):
    numbers = [None if n is None else Decimal(f"{n}e-{scale}") for n in values]
    array = pa.array(numbers, pa.decimal128(38, scale))
    stored = read_column(array, DECIMAL)
    assert [None if cell is None else Decimal(cell) for cell in stored] == numbers
    assert all(-Decimal(cell).as_tuple().exponent == scale for cell in stored if cell is not None)


@pytest.mark.parametrize(
    "kind", [pa.decimal32(9, 3), pa.decimal64(18, 5), pa.decimal128(38, 31), pa.decimal256(76, 40)]
)
@given(data=st.data())
def test_decimals_of_every_width(kind, data):
    most = min(10**kind.precision - 1, MANTISSA_MAX)
    surplus = max(kind.scale - 28, 0)  # digits that have to be zeros
    most //= 10**surplus
    values = data.draw(column(st.integers(-most, most)))
    numbers = [None if n is None else Decimal(f"{n}e-{kind.scale - surplus}") for n in values]
    stored = read_column(pa.array(numbers, kind), DECIMAL)
    assert [None if cell is None else Decimal(cell) for cell in stored] == numbers


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        ("10000000000", f"10000000000.{'0' * 18}"),  # 96 bits have no room for 28 zeros
        (f"-0.{'0' * 27}1", f"-0.{'0' * 27}1"),
        ("-79228162514264337593543950335", "-79228162514264337593543950335"),
        ("0", f"0.{'0' * 28}"),
    ],
)
def test_scales_are_reduced_as_far_as_it_takes(number, cell):
    assert read_column(pa.array([Decimal(number)], pa.decimal256(76, 28)), DECIMAL) == [cell]


@pytest.mark.parametrize("number", [f"0.{'0' * 28}1", f"1.{'0' * 28}1", f"79228162514{10**18}.5"])
def test_digits_are_never_lost(number):
    with pytest.raises(InvalidValue, match=r"row 0\): .* is not a decimal number"):
        read_column(pa.array([Decimal(number)], pa.decimal256(76, 29)), DECIMAL)


@pytest.mark.parametrize("mantissa", [MANTISSA_MAX + 1, -MANTISSA_MAX - 1, 10**38 - 1, 1 - 10**38])
def test_decimals_of_more_than_96_bits_are_refused(mantissa):
    array = pa.array([Decimal(1), None, Decimal(mantissa)], pa.decimal128(38, 0))
    with pytest.raises(InvalidValue, match=rf"row 2\): '{mantissa}e-0' is not a decimal number"):
        read_column(array, DECIMAL)


@pytest.mark.parametrize("data_type", [*BUILT_IN.values(), custom("c"), custom("c", 3)], ids=str)
def test_nulls_fit_every_column(data_type):
    assert read_column(pa.nulls(11), data_type) == [None] * 11


@given(column(st.binary(max_size=5)))
def test_bytes(values):
    for source in (pa.binary(), pa.large_binary()):
        for data_type in (BLOB, custom("c")):
            assert read_column(pa.array(values, source), data_type) == values


@given(column(st.binary(min_size=3, max_size=3)))
def test_bytes_of_fixed_size(values):
    for source in (pa.binary(), pa.large_binary(), pa.binary(3)):
        for data_type in (BLOB, custom("c"), custom("c", 3)):
            assert read_column(pa.array(values, source), data_type) == values


def test_bytes_of_no_size():
    assert read_column(pa.array([b"", None, b""], pa.binary(0)), BLOB) == [b"", None, b""]


def test_bytes_of_another_size_are_refused():
    with pytest.raises(InvalidValue, match=r"t\.c \(row 2\): b'ab' is not 3 bytes"):
        read_column(pa.array([b"abc", None, b"ab", b"abcd"]), custom("c", 3))


@given(column(st.uuids()))
def test_uuids_as_bytes_and_as_text(values):
    texts = [None if cell is None else str(cell) for cell in values]
    encoded = [None if cell is None else cell.bytes for cell in values]
    assert read_column(pa.array(texts, pa.string()), UUID) == texts
    assert read_column(pa.array(encoded, pa.binary()), UUID) == texts
    assert read_column(pa.array(encoded, pa.binary(16)), UUID) == texts
    assert read_column(pa.array(encoded, pa.uuid()), UUID) == texts


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        (JSON, '{"a": [1, null]}', "{a: 1}"),
        (DATE, "2024-02-29", "2023-02-29"),
        (DATETIME, "2024-02-29T12:30:00.000000+02:00", "2024-02-29T25:30"),
        (DECIMAL, "-123.450", "1e5"),
        (UUID, str(uuid.UUID(int=1 << 90)), "0123"),
    ],
    ids=str,
)
def test_text_forms(data_type, good, bad):
    assert read_column(pa.array([good, None, good]), data_type) == [good, None, good]
    with pytest.raises(InvalidValue) as caught:
        read_column(pa.array([good, None, bad, bad]), data_type)
    assert caught.value.details["row"] == 2
    assert caught.value.details["value"] == bad


def test_rows_are_counted_over_the_whole_stream():
    chunks = pa.chunked_array([pa.array([1, 2]), pa.array([], pa.int64()), pa.array([3, 300])])
    assert read_column(chunks.slice(0, 3), BUILT_IN["uint8"]) == [1, 2, 3]
    with pytest.raises(InvalidValue, match=r"t\.c \(row 3\): 300 is not"):
        read_column(chunks, BUILT_IN["uint8"])


def test_a_stream_of_many_columns():
    table = pa.table({"a": [1, 2], "b": ["x", None], "c": [True, False], "d": [None, b"y"]})
    definition = table_of(d=BLOB, c=BOOLEAN, b=TEXT, a=BUILT_IN["int32"])
    assert read_columns(write_stream(table), definition) == table.to_pydict()


def test_a_cell_has_a_limit():
    assert read_column(pa.array(["x" * 65_535]), TEXT) == ["x" * 65_535]
    for data_type in (TEXT, JSON, BLOB):
        value = b"1" * 65_536
        array = pa.array([b"1", value], pa.binary())
        array = array if data_type is BLOB else array.cast(pa.string())
        with pytest.raises(LimitExceeded) as caught:
            read_column(array, data_type)
        assert caught.value.details["limit"] == "cell size"
        assert caught.value.details["row"] == 1
