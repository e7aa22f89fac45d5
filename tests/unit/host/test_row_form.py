"""What rows of the same columns have in common."""

import pytest

from wasidb.errors import UnknownColumn
from wasidb.row_form import form_of
from wasidb_schema import Field, Table, TableDefinition


class City(Table, table="cities"):
    name: str = Field(primary_key=True)
    raw: bytes


NAMES = ("raw", "name")


def test_rows_are_given_in_the_order_of_the_names() -> None:
    form = form_of(City.__table__, NAMES)
    assert form.insert == '{"insert":{"table":"cities","columns":["raw","name"]}}'
    assert form.parameters({"raw": [b"\0", None], "name": ["Oslo", "Rom"]}, 2) == (
        '[["AA==","Oslo"],[null,"Rom"]]'
    )


def test_rows_without_columns_are_counted() -> None:
    assert form_of(City.__table__, ()).parameters({}, 2) == "[[],[]]"


def test_a_form_is_made_once_for_each_table() -> None:
    equal = TableDefinition.from_json(City.__table__.as_json())
    assert equal == City.__table__
    assert form_of(equal, NAMES) is form_of(equal, NAMES)
    assert form_of(equal, NAMES) is not form_of(City.__table__, NAMES)


def test_columns_must_exist() -> None:
    with pytest.raises(UnknownColumn, match="'cities' has no column 'size'"):
        form_of(City.__table__, ("name", "size"))
