"""`class Flight(Table)`: a pydantic model that is a table.

    class Flight(Table, table="flights", unique=[("year", "month", "day", "number")]):
        id: int = Field(primary_key=True, autoincrement=True)
        carrier: str = Field(references="airlines.carrier", on_update="restrict")
        dest: str = Field(index=True)
        dep_delay: Int16 | None = None

An instance is a row: validated when made, an ordinary model afterwards. The class is the table:
`Flight.dest` is a column for conditions, `Flight.__table__` the definition the engine is given.
Without `table=` the name is the class name in snake case. An autoincrement field is None until the
row is stored. Several fields with `primary_key=True` are the key together. A foreign key has an
index, unless it says `index=False` or another one begins with it: without, whoever deletes what it
points at has to look through all rows.

Type checkers know `Flight.dest` for a column, which can be compared and sorted by, where the field
is declared as `dest: Mapped[str]`; a plain `str` is one to them, on the class as on the row. They
also want defaults by name: `Field(default=None)`, likewise for numbers that the engine gives.

A default value is the column's default too, for rows that come in without it by other ways. A
default factory is not: only Python can run it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Optional, cast, dataclass_transform

import pydantic

# The metaclass has no public name; adding to it is the only way to have columns as class
# attributes.
from pydantic._internal._model_construction import ModelMetaclass
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from wasidb_schema.cells import Codec, encode_cell
from wasidb_schema.column_types import column_type, instead_of
from wasidb_schema.definition import Action, ColumnDefinition, Reference, Rule, TableDefinition
from wasidb_schema.expressions import Column
from wasidb_schema.naming import snake_case

STATE = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
"""What a model has beside its values."""
ATTRIBUTE = "__getattr__"
NO_CHECKS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


class InvalidModel(TypeError):
    """A class that cannot be a table; the message names the field and what to do."""


class ColumnMarks(NamedTuple):
    """What `Field` says about a column beyond its type."""

    primary_key: bool = False
    unique: bool = False
    indexed: bool | None = None
    autoincrement: bool = False
    references: str | None = None
    on_delete: Action = "restrict"
    on_update: Action = "cascade"
    deferred: bool = False
    renamed_from: tuple[str, ...] = ()
    sanitizers: tuple[Rule, ...] = ()
    validators: tuple[Rule, ...] = ()


NO_MARKS = ColumnMarks()


def Field(
    default: Any = PydanticUndefined,
    *,
    default_factory: Callable[[], Any] | None = None,
    primary_key: bool = False,
    unique: bool = False,
    index: bool | None = None,
    autoincrement: bool = False,
    references: str | None = None,
    on_delete: Action = "restrict",
    on_update: Action = "cascade",
    deferred: bool = False,
    renamed_from: str | Iterable[str] = (),
    sanitizers: Iterable[Rule] = (),
    validators: Iterable[Rule] = (),
    **constraints: Any,
) -> Any:
    """A column's properties.

    `references` is "table.column", `on_delete` and `on_update` say what becomes of this row with
    the one it points at, and a `deferred` key has to hold when the transaction commits.
    `renamed_from` is what the column was called before, the last name first, so that a migration
    keeps its values. `sanitizers` and `validators` are rules that the engine keeps for every row,
    wherever it comes from, such as "trim" and {"max_length": 20}; `constraints` are those of
    `pydantic.Field`, for rows that are models.
    """
    if default_factory is not None:
        constraints["default_factory"] = default_factory
    elif autoincrement and default is PydanticUndefined:
        constraints["default"] = None
    else:
        constraints["default"] = default
    field: FieldInfo = pydantic.Field(**constraints)
    former = names_of(renamed_from)
    rules = tuple(sanitizers), tuple(validators)
    key = references, on_delete, on_update, deferred
    marks = ColumnMarks(primary_key, unique, index, autoincrement, *key, former, *rules)
    field.metadata.append(marks)
    return field


def names_of(names: str | Iterable[str]) -> tuple[str, ...]:
    """One name or several."""
    return (names,) if isinstance(names, str) else tuple(names)


class ColumnAttribute:
    """A column as an attribute of the class of its table, and of that alone: in a row the value
    stands there, and a class derived from it is no table yet when pydantic looks for defaults.
    """

    __slots__ = ("_column", "_model")

    def __init__(self, column: Column, model: type[Any]) -> None:
        self._column, self._model = column, model

    def __get__(self, row: object, model: type[Any]) -> Column:
        if row is None and model is self._model:
            return self._column
        raise AttributeError(f"{model.__name__} has no value of {self._column.name!r}")


@dataclass_transform(kw_only_default=True, field_specifiers=(Field,))
class TableMeta(ModelMetaclass):
    """Says which names a table lacks; `ColumnAttribute` are those it has."""

    if not TYPE_CHECKING:  # which would take any name for a column

        def __getattr__(cls, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError:
                message = f"{cls.__name__} has no column or attribute {name!r}"
                raise AttributeError(message) from None


class Table(pydantic.BaseModel, metaclass=TableMeta):
    """A table; see the module. `unique` are several columns that no two rows share, `alignment` is
    the unit in bytes to which records are padded, `renamed_from` what the table was called before.
    In the engine's form are `foreign_keys` of several columns, and `checks`, filters by name that
    no row may fail.
    """

    # What cannot be stored is refused by name below, not by pydantic; and a misspelt column has no
    # place to go. What validates rows is made with the first of them: stored ones need none, and
    # before the first model pydantic looks for its plugins in every package that is installed.
    model_config = pydantic.ConfigDict(
        arbitrary_types_allowed=True, extra="forbid", defer_build=True
    )

    __table__: ClassVar[TableDefinition]
    __columns__: ClassVar[dict[str, Column]]

    if not TYPE_CHECKING:  # which would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            """A row that the engine has given has its values, and the rest of a model's state once
            somebody asks for that, which for most rows nobody does.
            """
            if name not in STATE or len(self.__dict__) < len(type(self).__columns__):
                return super().__getattr__(name)
            give_state(self)
            return object.__getattribute__(self, name)

    def __init_subclass__(cls, **_: Any) -> None:
        """Takes the keywords that `__pydantic_init_subclass__` is given as well."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        table: str | None = None,
        indexes: Iterable[Iterable[str]] = (),
        unique: Iterable[Iterable[str]] = (),
        alignment: int | None = None,
        renamed_from: str | Iterable[str] = (),
        foreign_keys: Iterable[Mapping[str, Any]] = (),
        checks: Mapping[str, Mapping[str, Any]] = NO_CHECKS,
        **unknown: Any,
    ) -> None:
        super().__pydantic_init_subclass__()
        if unknown:
            known = "table, indexes, unique, alignment, renamed_from, foreign_keys and checks"
            raise InvalidModel(f"{cls.__name__}: a table has {known}, but no {', '.join(unknown)}")
        marks = {name: marks_of(field) for name, field in cls.model_fields.items()}
        columns = tuple(
            column_of(cls.__name__, name, field, marks[name])
            for name, field in cls.model_fields.items()
        )
        key = primary_key_of(cls.__name__, marks)
        keys = checked_indexes(cls.__name__, unique, marks)
        declared = checked_indexes(cls.__name__, indexes, marks)
        cls.__table__ = TableDefinition(
            name=table or snake_case(cls.__name__),
            primary_key=key,
            columns=columns,
            indexes=(*((name,) for name, mark in marks.items() if mark.indexed), *declared),
            unique=tuple(keys),
            alignment=alignment,
            renamed_from=names_of(renamed_from),
            foreign_keys=tuple(foreign_keys),
            checks=tuple({"name": name, "where": where} for name, where in checks.items()),
        )
        cls.__columns__ = {
            column.name: Column(cls.__table__.name, column.name, column.codec) for column in columns
        }
        allow_absent_numbers(cls)
        put_columns(cls)

    @classmethod
    def __pydantic_on_complete__(cls) -> None:
        """Puts columns back where pydantic has put warnings of deprecated fields."""
        super().__pydantic_on_complete__()
        if "__columns__" in vars(cls):
            put_columns(cls)


def gives_own_state(model: type[Table]) -> bool:
    """Whether its rows do, for a class may have another `__getattr__`."""
    return getattr(model, ATTRIBUTE) is getattr(Table, ATTRIBUTE)


def give_state(row: Table) -> None:
    """Makes a row that has all values, and nothing else, the model that `model_construct` makes."""
    takes_extra = row.model_config.get("extra") == "allow"
    object.__setattr__(row, "__pydantic_fields_set__", set(type(row).__columns__))
    object.__setattr__(row, "__pydantic_extra__", {} if takes_extra else None)
    object.__setattr__(row, "__pydantic_private__", None)


def marks_of(field: FieldInfo) -> ColumnMarks:
    """What `Field` said, or nothing."""
    return next((mark for mark in field.metadata if isinstance(mark, ColumnMarks)), NO_MARKS)


def column_of(model: str, name: str, field: FieldInfo, marks: ColumnMarks) -> ColumnDefinition:
    """The column of a field."""
    stored = column_type(field)
    if stored is None:
        annotation = getattr(field.annotation, "__name__", field.annotation)
        advice = instead_of(field.annotation)
        raise InvalidModel(f"{model}.{name}: {annotation} cannot be stored; {advice}")
    column = ColumnDefinition(
        name=name,
        type=stored.type,
        nullable=stored.nullable and not (marks.primary_key or marks.autoincrement),
        unique=marks.unique,
        autoincrement=marks.autoincrement,
        references=reference_of(model, name, marks),
        renamed_from=marks.renamed_from,
        sanitizers=marks.sanitizers,
        validators=marks.validators,
        enum=stored.enum,
    )
    codec = column.codec
    if marks.autoincrement and not codec.type_name.startswith(("int", "uint")):
        raise InvalidModel(f"{model}.{name}: autoincrement needs an integer, not {codec.name}")
    return replace(column, default=default_of(model, name, codec, field))


def default_of(model: str, name: str, codec: Codec, field: FieldInfo) -> Any:
    """The cell of the field's default; None when it has none."""
    if field.default is PydanticUndefined or field.default is None:
        return None
    try:
        return encode_cell(codec, field.default)
    except (ValueError, TypeError, AttributeError) as error:
        message = f"{model}.{name}: the default {field.default!r} is no {codec.name}: {error}"
        raise InvalidModel(message) from error


def reference_of(model: str, name: str, marks: ColumnMarks) -> Reference | None:
    """The foreign key of `references="table.column"`."""
    if marks.references is None:
        return None
    table, dot, column = marks.references.partition(".")
    if not (table and dot and column):
        message = f'{model}.{name}: references is "table.column", not {marks.references!r}'
        raise InvalidModel(message)
    is_indexed = marks.indexed is not False
    return Reference(table, column, marks.on_delete, marks.on_update, marks.deferred, is_indexed)


def primary_key_of(model: str, marks: dict[str, ColumnMarks]) -> str | tuple[str, ...]:
    """The name of the field marked as primary key, or the names of several."""
    key = tuple(name for name, mark in marks.items() if mark.primary_key)
    if not key:
        message = f"{model} has no primary key; mark one field or several"
        raise InvalidModel(f"{message} with Field(primary_key=True)")
    return key[0] if len(key) == 1 else key


def checked_indexes(
    model: str, indexes: Iterable[Iterable[str]], marks: dict[str, ColumnMarks]
) -> list[tuple[str, ...]]:
    """The composite indexes, all of whose columns exist."""
    checked = []
    for index in indexes:
        names = (index,) if isinstance(index, str) else tuple(index)
        unknown = [name for name in names if name not in marks]
        if unknown or not names:
            raise InvalidModel(f"{model}: index {names} names no field {', '.join(unknown)}")
        checked.append(names)
    return checked


def put_columns(model: type[Table]) -> None:
    """Makes the columns attributes of the class."""
    for name, column in model.__columns__.items():
        setattr(model, name, ColumnAttribute(column, model))


def allow_absent_numbers(model: type[Table]) -> None:
    """Lets autoincrement fields be None, as they are until stored."""
    numbered = [field for field in model.model_fields.values() if marks_of(field).autoincrement]
    for field in numbered:
        # Optional, not `| None`: the annotation may be any typing construct.
        field.annotation = cast(Any, Optional[field.annotation])  # noqa: UP045
    if numbered and model.__pydantic_complete__:
        model.model_rebuild(force=True)
