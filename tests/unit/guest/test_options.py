"""Options of `maintenance.open`: what is left out is the default, what is wrong is named."""

import pytest

from wasidb_guest.api.options import OpenOptions, parse_options
from wasidb_guest.errors import InvalidQuery


def test_everything_may_be_left_out() -> None:
    assert parse_options("{}") == OpenOptions()


def test_everything_given() -> None:
    text = '{"read_only": true, "durability": "off", "cache_size": 1048576}'
    assert parse_options(text) == OpenOptions(read_only=True, durability="off", cache_size=1 << 20)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "invalid options JSON"),
        ("[]", "expected an object with keys among cache_size, durability, read_only, tr"),
        ('{"readonly": true}', "keys among"),
        ('{"read_only": 1}', "read_only is true or false, not 1"),
        ('{"durability": "fast"}', "durability is 'full' or 'normal' or 'off', not 'fast'"),
        ('{"durability": ["full"]}', "durability is"),
        ('{"cache_size": 1048575}', "cache_size is a number of bytes, at least 1048576"),
        ('{"cache_size": 1e9}', "cache_size is a number of bytes"),
        ('{"cache_size": true}', "cache_size is a number of bytes"),
        ('{"transaction_idle": 0}', "transaction_idle is a number of seconds above 0, or null"),
        ('{"transaction_idle": true}', "transaction_idle is a number of seconds above 0, or null"),
        ('{"transaction_age": 1e400}', "transaction_age is a number of seconds above 0, or null"),
        ('{"transaction_age": "1"}', "transaction_age is a number of seconds above 0, or null"),
        ('{"transaction_age": NaN}', "transaction_age is a number of seconds above 0, or null"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidQuery, match=problem):
        parse_options(text)
