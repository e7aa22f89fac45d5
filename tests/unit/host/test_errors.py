"""The public error tree."""

import pickle
import re

import pytest

import wasidb
from wasidb import errors


def test_docstring_draws_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    defined = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.DbmsError)
    ]
    assert sorted(drawn) == sorted(set(defined) - {"DbmsError"})
    assert set(defined) <= set(wasidb.__all__)


def test_error_from_wire_has_class_message_and_facts() -> None:
    error = errors.error_from_wire("unique-violated", "taken", '{"table": "t", "row": 3}')
    assert type(error) is errors.UniqueViolated
    assert str(error) == error.message == "taken"
    assert error.details == {"table": "t", "row": 3}


@pytest.mark.parametrize("code", errors.WIRE_ERRORS)
def test_code_and_class_agree(code: str) -> None:
    assert errors.error_from_wire(code, "x", "").code == code


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(errors.InvalidValue("bad", column="a", row=None)))
    assert (type(error), error.message, error.details) == (
        errors.InvalidValue,
        "bad",
        {"column": "a"},
    )
