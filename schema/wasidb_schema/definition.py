"""What a table is, as the engine is told: columns, keys, indexes; and its JSON form.

    {"name": "posts", "primary_key": "id",
     "columns": [{"name": "id", "type": "uint32", "autoincrement": true},
                 {"name": "title", "type": "text", "unique": true, "default": "untitled"},
                 {"name": "author", "type": "uint32", "nullable": true,
                  "references": {"table": "users", "column": "id", "on_delete": "restrict"}}],
     "indexes": [["author"]], "unique": [["author", "title"]]}

Properties that are off are left out. `type` is a name, or `{"custom": tag, "width": bytes}` for
user-defined types, which `type_name` gives as "custom". A primary key of several columns is a list;
the engine then numbers the rows in a column `rowid`. The primary key and unique columns have
indexes of their own that are not listed. `renamed_from`, of a table or a column, has its former
names for a migration to know; it is not stored. Nor are the rules: `sanitizers` and `validators` of
a column, `checks` of a table, a default that is a function, foreign keys of several columns, and
what others do beyond `restrict` and `cascade` on delete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wasidb_schema.cells import CODECS, Cell, Codec
from wasidb_schema.enums import EnumClass, enum_codec

Action = Literal["restrict", "cascade", "set_null", "set_default"]
Rule = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: the row it points at must exist; for a deferred one, when the transaction
    commits. The actions are what becomes of a row when that one is deleted or gets another key. The
    engine finds the rows that point somewhere by an index of its own, unless `index` is false.
    """

    table: str
    column: str
    on_delete: Action = "restrict"
    on_update: Action = "cascade"
    deferred: bool = False
    index: bool = field(default=True, compare=False)

    def as_json(self) -> dict[str, Any]:
        form: dict[str, Any] = {"table": self.table, "column": self.column}
        form["on_delete"] = self.on_delete
        if self.on_update != "cascade":
            form["on_update"] = self.on_update
        if self.deferred:
            form["deferred"] = True
        if not self.index:
            form["index"] = False
        return form


LISTS = ("renamed_from", "sanitizers", "validators")


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column. `default` is a cell, or names a function; None stands for no default. `enum` is
    what a model says about the values of a custom type; the engine is not told.
    """

    name: str
    type: str | Mapping[str, Any]
    nullable: bool = False
    unique: bool = False
    autoincrement: bool = False
    default: Cell | Mapping[str, str] = None
    references: Reference | None = None
    renamed_from: tuple[str, ...] = field(default=(), compare=False)
    sanitizers: tuple[Rule, ...] = field(default=(), compare=False)
    validators: tuple[Rule, ...] = field(default=(), compare=False)
    enum: EnumClass | None = field(default=None, compare=False)

    @property
    def type_name(self) -> str:
        return self.type if isinstance(self.type, str) else "custom"

    @property
    def codec(self) -> Codec:
        """How its values are written and read."""
        return CODECS[self.type_name] if self.enum is None else enum_codec(self.enum)

    def as_json(self) -> dict[str, Any]:
        marks = {
            "nullable": self.nullable,
            "unique": self.unique,
            "autoincrement": self.autoincrement,
        }
        form: dict[str, Any] = {"name": self.name, "type": self.type}
        form |= {mark: True for mark, is_set in marks.items() if is_set}
        if self.default is not None:
            form["default"] = self.default
        if self.references:
            form["references"] = self.references.as_json()
        for key in LISTS:
            if getattr(self, key):
                form[key] = list(getattr(self, key))
        return form

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "ColumnDefinition":
        references = form.get("references")
        lists = {key: tuple(form.get(key, ())) for key in LISTS}
        return cls(
            **{**form, **lists, "references": Reference(**references) if references else None}
        )


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table. Records are padded to multiples of `alignment` bytes; None: as the engine does."""

    name: str
    primary_key: str | tuple[str, ...]
    columns: tuple[ColumnDefinition, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    alignment: int | None = None
    renamed_from: tuple[str, ...] = field(default=(), compare=False)
    foreign_keys: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    checks: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    _by_name: Mapping[str, ColumnDefinition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in reversed(self.columns)}
        object.__setattr__(self, "_by_name", by_name)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        key = self.primary_key
        return (key,) if isinstance(key, str) else key

    @property
    def row_key(self) -> str:
        """The one column that tells stored rows apart; `rowid` beside a key of several columns."""
        return self.primary_key if isinstance(self.primary_key, str) else "rowid"

    def column(self, name: str) -> ColumnDefinition | None:
        """The column of that name."""
        return self._by_name.get(name)

    def as_json(self) -> dict[str, Any]:
        form: dict[str, Any] = {
            "name": self.name,
            "primary_key": self.primary_key if len(self.key) == 1 else list(self.key),
            "columns": [column.as_json() for column in self.columns],
        }
        if self.indexes:
            form["indexes"] = [list(index) for index in self.indexes]
        if self.unique:
            form["unique"] = [list(columns) for columns in self.unique]
        if self.alignment is not None:
            form["alignment"] = self.alignment
        if self.renamed_from:
            form["renamed_from"] = list(self.renamed_from)
        if self.foreign_keys:
            form["foreign_keys"] = list(self.foreign_keys)
        if self.checks:
            form["checks"] = list(self.checks)
        return form

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "TableDefinition":
        columns = tuple(map(ColumnDefinition.from_json, form["columns"]))
        lists = {key: tuple(map(tuple, form.get(key, ()))) for key in ("indexes", "unique")}
        rules = {key: tuple(form.get(key, ())) for key in ("foreign_keys", "checks")}
        key = form["primary_key"]
        key = key if isinstance(key, str) else tuple(key)
        return cls(**{**form, "primary_key": key, "columns": columns, **lists, **rules})
