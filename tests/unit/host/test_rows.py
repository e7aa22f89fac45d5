"""Models of stored rows are the ones pydantic itself would construct."""

import gc
from typing import Any

import pytest
from pydantic import ConfigDict

from wasidb.rows import collecting_later, models_of
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


@pytest.mark.parametrize("model", [Plain, Frozen, Counting])
def test_like_model_construct(model: type[Table]) -> None:
    stored, constructed = (
        models_of(model, COLUMNS)[0],
        model.model_construct(**VALUES),
    )
    assert stored == constructed
    assert stored.model_fields_set == constructed.model_fields_set
    assert stored.model_copy() == constructed
    assert stored.model_dump_json() == constructed.model_dump_json()


def test_private_attributes() -> None:
    assert models_of(Counting, COLUMNS)[0]._size == 3


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
