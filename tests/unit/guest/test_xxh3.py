import random

import pytest
import xxhash

from wasidb_guest.encoding.xxh3 import xxh3_64

NAMED = {
    "": 0x2D06800538D394C2,
    "a": 0xE6C632B61E964E1F,
    "users": 0x4CE8A257F7C83669,
    "table_registry_users": 0x46C9249BDCFAD6AF,
    "projects_memberships_2026": 0xFF7429FE2B8DBC5A,
    "x" * 64: 0x269CB9F6ACF81244,
    "y" * 200: 0x78C5AE5CF7B1237E,
    "z" * 255: 0x12F1602CA82ABB36,
}


@pytest.mark.parametrize(("name", "expected"), NAMED.items(), ids=lambda value: str(value)[:24])
def test_table_names(name: str, expected: int) -> None:
    assert xxh3_64(name.encode()) == expected


def test_every_short_length_and_some_long_ones() -> None:
    data = random.Random(3).randbytes(70_001)
    for size in (*range(601), 1023, 1024, 1025, 1088, 2048, 2049, 4097, 65_536, 70_001):
        assert xxh3_64(data[:size]) == xxhash.xxh3_64_intdigest(data[:size]), size
