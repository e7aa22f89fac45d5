"""Rows of a model by primary key: what is the same for all keys, made once.

Person, [7, 9]  -->  {"get": {"table": "people", "columns": ["id", "name"]}}  and  [7,9]
[[7,"Ann"],null]  -->  [Person(id=7, name="Ann"), None]
"""

from functools import lru_cache
from typing import Any

from wasidb.arguments import table_of
from wasidb.rows import (
    collecting_later,
    columns_of,
    columns_of_rows,
    decoded,
    dump,
    dump_cells,
    encoded_keys,
    has_plain_cells,
    load,
    model_maker,
    models_of,
    models_of_rows,
)
from wasidb_schema import Table
from wasidb_schema.table import gives_own_state


class RowsByKey:
    """How rows of a model are asked for; `statement` is the text of the prepared statement."""

    def __init__(self, model: type[Table]) -> None:
        self._model = model
        self._table = table_of(model)
        self._columns = columns_of(model)
        self._has_plain_cells = has_plain_cells(model)
        has_only_values = not model.__pydantic_post_init__ and gives_own_state(model)
        is_made_at_once = self._has_plain_cells and has_only_values
        self._make = model_maker(model) if is_made_at_once else self._models
        key = self._table.key
        self._is_plain = len(key) == 1 and model.__columns__[key[0]].codec.encode is None
        self.statement = dump({"get": {"table": self._table.name, "columns": [*model.__columns__]}})

    def parameters(self, keys: list[Any]) -> str:
        """Keys as the parameters of the statement; one of several columns is a tuple."""
        return dump_cells(keys if self._is_plain else encoded_keys(self._table, keys))

    def models(self, answer: str) -> list[Any]:
        """What the statement has answered: a model for each key, None for one that no row has."""
        with collecting_later():
            rows = load(answer)
            if None not in rows:
                return self._models(rows)
            models = iter(self._models([row for row in rows if row is not None]))
            return [None if row is None else next(models) for row in rows]

    def model(self, answer: str) -> Any:
        """The same for one key."""
        rows = load(answer)
        return None if rows[0] is None else self._make(rows)[0]

    def _models(self, rows: list[list[Any]]) -> list[Any]:
        if self._has_plain_cells:
            return models_of_rows(self._model, rows)
        page = columns_of_rows(rows, len(self._columns))
        return models_of(self._model, decoded(self._columns, page))


@lru_cache
def rows_by_key(model: type[Table]) -> RowsByKey:
    """How rows of a model are asked for."""
    return RowsByKey(model)
