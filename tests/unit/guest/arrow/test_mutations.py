"""Damaged streams: the reader ends, either with cells or with an error of ours."""

import random
import struct
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.unit.guest.arrow.streams import read_columns, table_of, write_stream
from wasidb_guest.errors import InvalidInput
from wasidb_guest.values import BLOB, BOOLEAN, DATE, DATETIME, DECIMAL, FLOAT64, INT32, JSON, TEXT

ROUNDS = 2_000
SEED = 20_260_701

DEFINITION = table_of(
    i=INT32,
    f=FLOAT64,
    s=TEXT,
    l=TEXT,
    b=BLOB,
    y=BOOLEAN,
    d=DATE,
    t=DATETIME,
    n=DECIMAL,
    j=JSON,
    k=TEXT,
)
TABLE = pa.table(
    {
        "i": pa.array([1, None, -70_000, 4], pa.int64()),
        "f": pa.array([1.5, None, 2.5, 0.0], pa.float32()),
        "s": ["aé", None, "", "long enough"],
        "l": pa.array(["x", "yy", None, "€"], pa.large_string()),
        "b": [b"\x00", b"", None, b"12345"],
        "y": [True, None, False, True],
        "d": [date(2024, 2, 29), None, date(1969, 1, 1), date(2000, 1, 1)],
        "t": pa.array(
            [datetime(2024, 5, 6, 7), None, None, datetime(1, 1, 1)], pa.timestamp("us", "+01:00")
        ),
        "n": [Decimal("1.23"), None, Decimal("-4.00"), Decimal("0.01")],
        "j": ["[]", "{}", None, '{"a": 1}'],
        "k": pa.array(["p", "q", None, "p"]).dictionary_encode(),
    }
)
STREAM = write_stream(TABLE)
NUMBERS = (0, 1, -1, 7, 8, 0x7F, 0x7FFF, 1 << 20, 0x7FFFFFFF, -(1 << 31))


def mutated(stream: bytes, chance: random.Random) -> bytes:
    """The stream with one to four bytes or numbers changed, or pieces cut out or doubled."""
    damaged = bytearray(stream)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(damaged) - 8)
        match chance.randrange(6):
            case 0:
                damaged[at] ^= 1 << chance.randrange(8)
            case 1:
                damaged[at] = chance.randrange(256)
            case 2:
                struct.pack_into("<i", damaged, at & ~3, chance.choice(NUMBERS))
            case 3:
                struct.pack_into("<q", damaged, at & ~7, chance.choice(NUMBERS))
            case 4:
                del damaged[at : at + chance.randrange(1, 64)]
            case 5:
                damaged[at:at] = damaged[at : at + chance.randrange(1, 64)]
    return bytes(damaged)


def test_the_sound_stream_is_read():
    assert read_columns(STREAM, DEFINITION)["i"] == [1, None, -70_000, 4]


@pytest.mark.parametrize("part", range(4))
def test_damage_ends_in_cells_or_in_an_error_of_ours(part):
    chance = random.Random(SEED + part)
    outcomes = [outcome(mutated(STREAM, chance)) for _ in range(ROUNDS // 4)]
    assert 0 < outcomes.count(None) < len(outcomes)


def outcome(stream: bytes) -> str | None:
    """The message of the error, or None when the stream was read; all else fails the test."""
    try:
        read_columns(stream, DEFINITION)
    except InvalidInput as error:
        return error.message
    return None
