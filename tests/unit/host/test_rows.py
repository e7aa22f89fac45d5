"""Models of stored rows are the ones pydantic itself would construct."""

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ConfigDict

from wasidb.errors import InvalidValue
from wasidb.rows import collecting_later, dump, dump_cells, models_of
from wasidb.shapes import OBJECTS
from wasidb_schema import Field, Table

VALUES: dict[str, Any] = {"id": 3, "name": "Ann"}
COLUMNS = [[value] for value in VALUES.values()]


class Plain(Table, table="plain"):
    id: int = Field(primary_key=True)
    name: str = "nobody"


class Frozen(Table, table="frozen"):
    model_config = ConfigDict(frozen=True)
    id: int = Field(primary_key=True)
    name: str


class Counting(Table, table="counting"):
    id: int = Field(primary_key=True)
    name: str
    _size: int = 0

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._size = len(self.name)


class Guessing(Table, table="guessing"):
    id: int = Field(primary_key=True)
    name: str

    def __getattr__(self, name: str) -> Any:
        return f"no {name}"


class Open(Table, table="open"):
    model_config = ConfigDict(extra="allow")
    id: int = Field(primary_key=True)
    name: str


@pytest.mark.parametrize("model", [Plain, Frozen, Counting, Guessing, Open])
def test_like_model_construct(model: type[Table]) -> None:
    stored, constructed = (
        models_of(model, COLUMNS)[0],
        model.model_construct(**VALUES),
    )
    assert stored == constructed
    assert stored.model_fields_set == constructed.model_fields_set
    assert stored.model_copy() == constructed
    assert stored.model_dump_json() == constructed.model_dump_json()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda row: row.model_copy()])
def test_models_that_nobody_has_looked_at_are_copied(copied: Callable[[Any], Any]) -> None:
    assert copied(models_of(Open, COLUMNS)[0]) == Open(**VALUES)


def test_models_that_nobody_has_looked_at_are_pickled_and_changed() -> None:
    first, second, third = models_of(Plain, [each * 3 for each in COLUMNS])
    assert pickle.loads(pickle.dumps(first)) == Plain(**VALUES)
    second.name = "Bea"
    assert (second.name, second.model_fields_set) == ("Bea", {"id", "name"})
    assert third.model_dump(exclude_unset=True) == VALUES


def test_a_model_that_is_being_made_has_no_state_yet() -> None:
    with pytest.raises(AttributeError):
        _ = Plain.__new__(Plain).model_fields_set


def test_private_attributes() -> None:
    assert models_of(Counting, COLUMNS)[0]._size == 3


def test_model_that_allows_it_takes_what_is_no_column() -> None:
    first, second = models_of(Open, [each * 2 for each in COLUMNS])
    first.note = "here"
    assert (first.model_extra, second.model_extra) == ({"note": "here"}, {})


def test_rows_that_are_no_models_are_pickled() -> None:
    rows = OBJECTS.parts(("name", "class"), [["Ann"], [1]])
    copies = pickle.loads(pickle.dumps(rows))
    assert copies == rows
    assert copies[0].name == "Ann"


def test_fields_go_by_name_not_by_alias() -> None:
    class Aliased(Table, table="aliased"):
        id: int = Field(primary_key=True)
        name: str = Field(alias="called")

    (model,) = models_of(Aliased, COLUMNS)
    assert (model.id, model.name) == (3, "Ann")


@pytest.mark.parametrize("is_enabled", [True, False])
def test_garbage_is_collected_again_if_it_was_before(is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()
    try:
        with collecting_later():
            assert not gc.isenabled()
        assert gc.isenabled() == is_enabled
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [7],
        [7, -9, 10**30],
        [True],
        [7, True],
        [7, "Ann", None],
        [[]],
        [[7, 9]],
        [[7], 9],
        [{"Text": "Null"}],
    ],
)
def test_integers_are_written_as_any_json(cells: list[Any]) -> None:
    assert dump_cells(cells) == dump(cells)


@pytest.mark.parametrize("cells", [[10**5_000], [7, 10**5_000]])
def test_an_integer_of_more_digits_than_python_writes_is_refused(cells: list[Any]) -> None:
    with pytest.raises(InvalidValue, match="digits"):
        dump_cells(cells)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for cells in (endless, [7, endless]):
        with pytest.raises(InvalidValue, match="Circular reference"):
            dump_cells(cells)
