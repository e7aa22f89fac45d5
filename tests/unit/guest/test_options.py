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
        ("[]", "expected an object with keys among cache_size, cancel_file, durability, "),
        ('{"readonly": true}', "keys among"),
        ('{"read_only": 1}', "read_only is true or false, not 1"),
        ('{"durability": "fast"}', "durability is 'full' or 'normal' or 'off', not 'fast'"),
        ('{"durability": ["full"]}', "durability is"),
        ('{"cache_size": 1048575}', "cache_size is a number of bytes, at least 1048576"),
        ('{"cache_size": 1e9}', "cache_size is a number of bytes"),
        ('{"cache_size": true}', "cache_size is a number of bytes"),
        ('{"query_memory": 0}', "query_memory is a number of bytes, at least 1"),
        ('{"transaction_idle": 0}', "transaction_idle is a number of seconds above 0, or null"),
        ('{"transaction_idle": true}', "transaction_idle is a number of seconds above 0, or null"),
        ('{"transaction_age": 1e400}', "transaction_age is a number of seconds above 0, or null"),
        ('{"transaction_age": "1"}', "transaction_age is a number of seconds above 0, or null"),
        ('{"transaction_age": NaN}', "NaN is not a JSON number"),
        ('{"statement_seconds": 0}', "statement_seconds is a number of seconds above 0, or null"),
        ('{"result_rows": -1}', "result_rows is a number of rows, or null, not -1"),
        ('{"result_rows": true}', "result_rows is a number of rows"),
        ('{"result_rows": 1.0}', "result_rows is a number of rows"),
        ('{"first_number": -1}', "first_number is a number from 0 to 9223372036854775808, not -1"),
        ('{"cancel_file": 1}', "cancel_file is the path of a file, or null, not 1"),
        ('{"identity": "ann"}', "identity is bytes in hexadecimal, or null, not 'ann'"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidQuery, match=problem):
        parse_options(text)
