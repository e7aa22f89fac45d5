"""Rows as a user holds them, and rows as the engine takes and gives them.

    [User(id=None, name="Ann")]  -->  {"columns": ["id", "name"], "rows": [[null, "Ann"]]}
    [[1], ["Ann"]]  -->  [User(id=1, name="Ann")]

Conversion goes column by column, because most types need none, and no row of many takes a step of
Python. Models that come out are built without validation: the engine holds every rule the column
has.
"""

import gc
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias, TypeVar

import pydantic
from pydantic_core import from_json

from wasidb.arguments import expected, shown
from wasidb.errors import InvalidValue, UnknownColumn
from wasidb_schema import Aggregate, Column, Table
from wasidb_schema.cells import Cell, Codec, decode_column, encode_cell, encode_column
from wasidb_schema.definition import ColumnDefinition, TableDefinition
from wasidb_schema.enums import NoMember
from wasidb_schema.table import give_state, gives_own_state

Model = TypeVar("Model", bound=Table)
Columns: TypeAlias = Mapping[str, list[Any]]
"""The values of rows, column by column."""

set_values = vars(pydantic.BaseModel)["__dict__"].__set__
"""Past a model's own assignment, which validates and which frozen models refuse."""

Page: TypeAlias = Sequence[Sequence[Any]]
"""The cells or values of rows that the engine has given, column by column."""

Answer: TypeAlias = Mapping[str, Any]
"""What the engine has given: names under `columns`, and cells, column by column under `cells` or
row by row under `rows`; `cursor` has more.
"""

UNSTORABLE = (ValueError, TypeError, AttributeError, OverflowError, BufferError)
"""What is raised for values that are none of a column's type."""

FEW_ROWS = 100
"""So many rows are made in less time than it takes to look for garbage among them."""

INTEGER_BITS = 64
"""Of the widest integers there are."""

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def columns_of_models(models: Sequence[Table]) -> Columns:
    """The values of models of one class; None in a numbered column asks for a number."""
    kind = type(models[0])
    if set(map(type, models)) != {kind}:
        at, odd = next((at, type(each)) for at, each in enumerate(models) if type(each) is not kind)
        message = f"row {at} is {odd.__name__}, the first is {kind.__name__}"
        raise InvalidValue(f"{message}: insert one table at a time", row=at)
    names = kind.__columns__
    if len(models) == 1:  # in a third less time
        return {name: [getattr(models[0], name)] for name in names}
    return {name: list(map(attrgetter(name), models)) for name in names}


def columns_of_mappings(mappings: Sequence[Mapping[str, Any]]) -> Columns:
    """The values of dicts that all have the same keys."""
    dicts = mappings if set(map(type, mappings)) == {dict} else list(map(dict, mappings))
    if len(dicts) == 1:  # in a third of the time
        return {name: [value] for name, value in dicts[0].items()}
    names = dicts[0].keys()
    if set(map(len, dicts)) == {len(names)}:
        try:
            return {name: [row[name] for row in dicts] for name in names}
        except KeyError:
            pass
    at = next(at for at, each in enumerate(dicts) if each.keys() != names)
    odd = ", ".join(sorted(dicts[at].keys() ^ names))
    raise InvalidValue(f"row {at} and the first row differ in columns: {odd}", row=at)


def columns_of_tuples(table: TableDefinition, rows: Sequence[tuple[Any, ...]]) -> Columns:
    """The values of tuples, which have all columns of the table in order."""
    names = [column.name for column in table.columns]
    for kind in set(map(type, rows)):
        fields = getattr(kind, "_fields", names)
        if set(fields) == set(names) and list(fields) != names:
            expected = f"the order {', '.join(names)}"
            message = (
                f"{kind.__name__} has the columns of {table.name!r} in another order, {fields}"
            )
            raise InvalidValue(f"{message}: expected {expected}", expected=expected)
    if set(map(len, rows)) != {len(names)}:
        at = next(at for at, row in enumerate(rows) if len(row) != len(names))
        expected = f"a value for each of {', '.join(names)}"
        message = f"row {at} has {len(rows[at])} values, expected {expected}"
        raise InvalidValue(message, table=table.name, row=at, expected=expected)
    return {name: list(map(itemgetter(place), rows)) for place, name in enumerate(names)}


def changed_cells(table: TableDefinition, changes: Mapping[str, Any]) -> dict[str, Cell]:
    """The new cells of an update."""
    return {
        name: encoded_value(column.codec, value, table.name, name, nullable=column.nullable)
        for name, value in changes.items()
        for column in [column_of(table, name)]
    }


def column_of(table: TableDefinition, name: str) -> ColumnDefinition:
    """The column of that name, which must exist."""
    column = table.column(name)
    if column is None:
        message = f"table {table.name!r} has no column {name!r}"
        raise UnknownColumn(message, table=table.name, column=name)
    return column


def encoded_column(
    table: TableDefinition, column: ColumnDefinition, values: list[Any]
) -> list[Cell]:
    """The cells of values of a column."""
    return encoded(column.codec, values, table.name, column.name, nullable=column.nullable)


def encoded_keys(table: TableDefinition, keys: list[Any]) -> list[Any]:
    """Primary keys as cells; one of several columns is a tuple of values, and a list of cells."""
    columns = [column_of(table, name) for name in table.key]
    if len(columns) == 1:
        return encoded(columns[0].codec, keys, table.name, columns[0].name)
    for at, key in enumerate(keys):
        if not isinstance(key, tuple) or len(key) != len(columns):
            expected = f"a tuple of {', '.join(table.key)}"
            message = f"{table.name} (key {at}): expected {expected}, not {key!r}"
            raise InvalidValue(message, table=table.name, value=repr(key), expected=expected)
    parts = zip(columns, map(list, zip(*keys, strict=True)), strict=bool(keys))
    cells = (encoded(column.codec, part, table.name, column.name) for column, part in parts)
    return list(map(list, zip(*cells, strict=True)))


def key_columns(table: TableDefinition) -> list[Column]:
    """The columns of the primary key."""
    return [Column(table.name, name, column_of(table, name).codec) for name in table.key]


def decoded_keys(columns: Sequence[Column], cells: list[Any]) -> list[Any]:
    """The values of primary keys; tuples where they are of several columns."""
    if len(columns) == 1:
        return list(*decoded(columns, [cells]))
    return list(zip(*decoded(columns, columns_of_rows(cells, len(columns))), strict=True))


def encoded(
    codec: Codec, values: list[Any], table: str, column: str, *, nullable: bool = True
) -> list[Cell]:
    """The cells of `values`; says which one is impossible and where it belongs."""
    try:
        return encode_column(codec, values, nullable=nullable)
    except UNSTORABLE:
        for at, value in enumerate(values):
            try:
                encode_cell(codec, value, nullable=nullable)
            except UNSTORABLE as error:
                raise unstorable(value, codec, error, table, column, at) from error
        raise


def encoded_value(
    codec: Codec, value: object, table: str, column: str, *, nullable: bool = True
) -> Cell:
    """The cell of one value that is not in a row."""
    try:
        cell = encode_cell(codec, value, nullable=nullable)
    except UNSTORABLE as error:
        raise unstorable(value, codec, error, table, column) from error
    if not isinstance(cell, Cell) or (isinstance(cell, float) and not math.isfinite(cell)):
        raise unstorable(value, codec, "", table, column)
    return cell


def unstorable(
    value: object,
    codec: Codec,
    reason: object,
    table: str,
    column: str,
    row: int | None = None,
) -> InvalidValue:
    """The error of a value that its column cannot hold."""
    where = ".".join(filter(None, (table, column))) + ("" if row is None else f" (row {row})")
    because = f": {reason}" if str(reason) else ""
    return InvalidValue(
        f"{where}: {shown(value)} is no {codec.name}{because}",
        table=table or None,
        column=column,
        row=row,
        value=shown(value),
        expected=codec.name,
    )


def unwritable(table: TableDefinition, columns: Mapping[str, list[Cell]]) -> InvalidValue | None:
    """The error of the first cell that is no JSON text."""
    for name, cells in columns.items():
        for row, cell in enumerate(cells):
            reason = ""
            try:
                ENCODER.encode(cell).encode()
                continue
            except UnicodeEncodeError:
                reason = "half a surrogate pair is no Unicode"
            except (TypeError, ValueError):
                pass
            return unstorable(cell, column_of(table, name).codec, reason, table.name, name, row)
    return None


def dump(payload: Any) -> str:
    """JSON text; what Python can hold and JSON cannot is an InvalidValue."""
    try:
        return ENCODER.encode(payload)
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"a value cannot be stored: {error}") from error


def dump_cells(cells: Sequence[Any]) -> str:
    """The JSON array of cells; integers, of which most look-ups are, take no encoder."""
    if len(cells) == 1:
        (cell,) = cells
        if type(cell) is int and cell.bit_length() <= INTEGER_BITS:
            return f"[{cell}]"
        if type(cell) is list and (text := dump_integers(cell)):
            return f"[{text}]"
    return dump_integers(cells) or dump(cells)


def dump_integers(cells: Sequence[Any]) -> str | None:
    """The JSON array of cells that are all integers, None for others."""
    if set(map(type, cells)) == {int}:
        try:
            return f"[{','.join(['%d'] * len(cells)) % tuple(cells)}]"
        except ValueError:  # an encoder refuses so many digits as well, and says so
            return None
    return None


def load(text: str) -> Any:
    """The value of JSON text from the engine; in less than half the time that `json.loads` takes.

    Keeping short texts to be used again, which its default does, costs more than it saves.
    """
    return from_json(text, cache_strings="none")


def page_in(given: Answer) -> tuple[Page, int | None]:
    """The cells of an answer, and the cursor that has more; what a look-up finds the engine gives
    row by row.
    """
    if "cells" in given:
        return given["cells"], given.get("cursor")
    return columns_of_rows(given["rows"], len(given["columns"])), None


def columns_of_rows(rows: Sequence[Sequence[Any]], count: int) -> Page:
    """Rows of so many cells, column by column."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def models_of(model: type[Model], columns: Page) -> list[Model]:
    """The models of stored rows: values of all columns of the table, in order."""
    return models_of_rows(model, zip(*columns, strict=True))


def models_of_rows(model: type[Model], rows: Iterable[Sequence[Any]]) -> list[Model]:
    """The models of stored rows: of each the values of all columns of the table, in order.

    What `model_construct` does, without its search for aliases and defaults, which takes longer
    than everything else about a row. What a model is beside its values it gives itself when
    somebody asks for it, see `wasidb_schema.Table`.
    """
    models = model_maker(model)(rows)
    if not gives_own_state(model):
        for stored in models:
            give_state(stored)
    if model.__pydantic_post_init__:
        for stored in models:
            stored.model_post_init(None)
    return models


Maker: TypeAlias = Callable[[Iterable[Sequence[Any]]], list[Any]]
"""Makes rows of the values of each."""


@lru_cache
def model_maker(model: type[Model]) -> Maker:
    """Makes models that have values, and nothing else yet."""
    # Setting the values gives None, so no row is left out.
    made = "row for {values}, in rows if not set_values(row := new(model), {dict})"
    names = {"new": model.__new__, "model": model, "set_values": set_values}
    return maker(made, column_names(model), names)


def dicts_of(names: Sequence[str], columns: Page) -> list[dict[str, Any]]:
    """A dict of each row; there is a column for each name."""
    return dict_maker(tuple(names))(zip(*columns, strict=True))


@lru_cache(maxsize=256)
def dict_maker(names: tuple[str, ...]) -> Maker:
    """Makes dicts."""
    return maker("{dict} for {values}, in rows", names, {})


def maker(made: str, names: Sequence[str], known: dict[str, Any]) -> Maker:
    """`lambda rows: [{"id": _0, "name": _1} for _0, _1, in rows]`: a third of the time of
    `dict(zip(names, values))`, and no call for each row.
    """
    values = [f"_{place}" for place in range(len(names))]
    pairs = ", ".join(map("{!r}: {}".format, names, values))
    rows = made.format(values=", ".join(values), dict=f"{{{pairs}}}")
    compiled: Maker = eval(f"lambda rows: [{rows}]", known)
    return compiled


class collecting_later:
    """Makes many objects at once, none of which can be garbage yet.

    Python would look for garbage among them several times, and among everything else.
    """

    __slots__ = ("_is_enabled",)

    def __enter__(self) -> None:
        self._is_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._is_enabled:
            gc.enable()


@lru_cache
def column_names(model: type[Table]) -> tuple[str, ...]:
    """The columns of a model, in the order in which the engine is asked for them."""
    return tuple(model.__columns__)


@lru_cache
def columns_of(model: type[Table]) -> tuple[Column, ...]:
    """These columns."""
    return tuple(model.__columns__.values())


@lru_cache
def has_plain_cells(model: type[Table]) -> bool:
    """Whether the cells of rows of a table are its values."""
    return not any(column.codec.decode for column in columns_of(model))


def decoded(columns: Sequence[Column | Aggregate], page: Page) -> Page:
    """The values of cells of these columns; of most types the cells themselves."""
    coded = [place for place, column in enumerate(columns) if column.codec.decode]
    if not coded:
        return page
    values = list(page)
    try:
        for place in coded:
            values[place] = decode_column(columns[place].codec, page[place])
    except NoMember:
        raise next(filter(None, map(no_member, columns, page))) from None
    return values


def no_member(of: Column | Aggregate, cells: Sequence[Any]) -> InvalidValue | None:
    """The error of a stored value that the enum of its column does not have."""
    try:
        decode_column(of.codec, cells)
    except NoMember as error:
        column = expected(Column, of.column if isinstance(of, Aggregate) else of)
        return InvalidValue(
            f"{column.table}.{column.name}: {error}; give it such a member, or change the row",
            table=column.table,
            column=column.name,
            value=repr(error.stored),
            expected=f"a member of {column.codec.name}",
        )
    return None
