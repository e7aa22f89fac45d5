"""CRC-32C against the values of RFC 3720 and against the definition, bit by bit."""

from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wasidb_guest.encoding.checksum import advance, crc32c

ALL_ONES = 0xFFFF_FFFF
FOLDED_MIN = 8_192


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (b"", 0),
        (b"123456789", 0xE306_9283),
        (bytes(32), 0x8A91_36AA),
        (b"\xff" * 32, 0x62A8_AB43),
        (bytes(range(32)), 0x46DD_794E),
        (bytes(reversed(range(32))), 0x113F_DB5C),
    ],
)
def test_known_values(data: bytes, checksum: int) -> None:
    assert crc32c(data) == checksum


@given(st.binary(max_size=300))
def test_definition(data: bytes) -> None:
    register = 0xFFFF_FFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F6_3B78 if register & 1 else 0)
    assert crc32c(data) == register ^ 0xFFFF_FFFF


@pytest.mark.parametrize(
    "size", [FOLDED_MIN - 1, FOLDED_MIN, FOLDED_MIN + 1, 5 * FOLDED_MIN + 4095]
)
@pytest.mark.parametrize("start", [0, 3])
def test_much_data_is_summed_as_little_is(size: int, start: int) -> None:
    data = Random(size).randbytes(start + size)
    register = ALL_ONES
    for at in range(start, len(data), 1000):
        register = advance(data, at, min(at + 1000, len(data)), register)
    assert advance(data, start, len(data), ALL_ONES) == register


@pytest.mark.parametrize("bit", [0, 1, 77_777, 8 * 3 * FOLDED_MIN - 1])
def test_every_bit_of_much_data_counts(bit: int) -> None:
    data = bytearray(3 * FOLDED_MIN)
    before = crc32c(data)
    data[bit // 8] ^= 1 << bit % 8
    assert crc32c(data) != before
