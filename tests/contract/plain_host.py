"""A host written from the WIT alone: wasmtime-py and a reader of WIT text, nothing of wasidb.

    host = PlainHost(Path("build/wasidb.wasm"), Path("wit/dbms.wit"))
    database = host.open(directory)
    database("database", "begin-transaction")             0
    database("database", "insert", "users", row, None)     None, or raises Refused

Values are plain Python, shaped by their WIT types:

    record      dict                         list<u8>    bytes
    variant     (case, payload or None)      list        list
    enum        case                         option      the value or None

wasmtime-py carries a variant, an option or a result bare when the Python classes of all its cases
differ, and as `Variant(tag, payload)` otherwise. `Shapes` applies that rule; everything else it
knows comes from the WIT.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Func, Instance, Linker, Record, Variant

from tests.support.wit import Function, Interface, Member, TypeExpression, read_wit

CLASSES: dict[str, type] = {
    "bool": bool,
    "string": str,
    "enum": str,
    "list<u8>": bytes,
    "list": list,
    "record": Record,
    **{f"{sign}{bits}": int for sign in "us" for bits in (8, 16, 32, 64)},
}
UNIT = TypeExpression("_")


class Refused(Exception):
    """The `err` case of a result; `error` is its payload."""

    def __init__(self, error: Any) -> None:
        super().__init__(repr(error))
        self.error = error


class PlainHost:
    """The compiled component and what the WIT says about it."""

    def __init__(self, component: Path, wit: Path) -> None:
        self._engine = Engine()
        self._component = Component.from_file(self._engine, str(component))
        self._package, self._interfaces = read_wit(wit)

    def open(self, directory: Path) -> Callable[..., Any]:
        """A fresh instance with `directory` as its root, as a function that calls its exports."""
        store = Store(self._engine)
        wasi = WasiConfig()
        wasi.inherit_stderr()
        wasi.preopen_dir(str(directory), "/")
        store.set_wasi(wasi)
        linker = Linker(self._engine)
        linker.add_wasip2()
        return partial(self._call, store, linker.instantiate(store, self._component))

    def _call(
        self, store: Store, instance: Instance, interface: str, function: str, *arguments: Any
    ) -> Any:
        shapes = Shapes(self._interfaces, self._interfaces[interface])
        declared = self._interfaces[interface].functions[function]
        exported = self._find(store, instance, interface, function)
        result = shapes.lift(
            declared.result, exported(store, *shapes.lower_all(declared, arguments))
        )
        outcome, value = result
        if outcome == "err":
            raise Refused(value)
        return value

    def _find(self, store: Store, instance: Instance, interface: str, function: str) -> Func:
        inside = self._component.get_export_index(f"{self._package}/{interface}")
        index = self._component.get_export_index(function, inside)
        assert index is not None, f"{interface}.{function} is not exported"
        exported = instance.get_func(store, index)
        assert exported is not None
        return exported


class Shapes:
    """Plain Python values to and from what wasmtime-py takes, for types `interface` can name."""

    def __init__(self, interfaces: dict[str, Interface], interface: Interface) -> None:
        used = {name: interfaces[source].types for name, source in interface.uses.items()}
        self._types = dict(interface.types)
        for types in used.values():
            self._types |= types

    def lower_all(self, function: Function, arguments: tuple[Any, ...]) -> list[Any]:
        """The arguments of `function`, lowered."""
        types = [type for _, type in function.parameters]
        return [self.lower(type, value) for type, value in zip(types, arguments, strict=True)]

    def lower(self, type: TypeExpression, value: Any) -> Any:
        """What wasmtime-py takes for the plain `value`."""
        kind, members = self._resolve(type)
        if kind == "list":
            return [self.lower(members[0][1], item) for item in value]
        if kind == "record":
            return self._lower_record(members, value)
        if kind not in ("variant", "option"):
            return value
        case, payload = _as_case(kind, value)
        expected = dict(members)[case]
        lowered = None if expected is None else self.lower(expected, payload)
        return Variant(case, lowered) if self._is_tagged(members) else lowered

    def lift(self, type: TypeExpression, value: Any) -> Any:
        """The plain value for what wasmtime-py gave."""
        kind, members = self._resolve(type)
        if kind == "list":
            return [self.lift(members[0][1], item) for item in value]
        if kind == "record":
            return {name: self.lift(member, getattr(value, name)) for name, member in members}
        if kind not in ("variant", "option", "result"):
            return value
        case, payload = self._case_of(members, value)
        expected = dict(members)[case]
        lifted = None if expected is None else self.lift(expected, payload)
        return lifted if kind == "option" else (case, lifted)

    def _resolve(self, type: TypeExpression) -> tuple[str, tuple[Any, ...]]:
        """The kind of a type and its members; aliases are followed."""
        if str(type) in CLASSES:
            return str(type), ()
        if type.arguments:
            return type.name, _generic_members(type)
        definition = self._types[type.name]
        if definition.kind == "alias":
            target = definition.members[0][1]
            assert target is not None
            return self._resolve(target)
        return definition.kind, definition.members

    def _lower_record(self, members: tuple[Member, ...], value: dict[str, Any]) -> Record:
        record = Record()
        for name, member in members:
            assert member is not None
            setattr(record, name, self.lower(member, value[name]))
        return record

    def _case_of(self, members: tuple[Member, ...], value: Any) -> tuple[str, Any]:
        if self._is_tagged(members):
            return value.tag, value.payload
        for name, payload in members:
            classes = self._classes(payload) - {object}
            if isinstance(value, tuple(classes)) if classes else value is None:
                return name, value
        raise AssertionError(f"{value!r} is none of {[name for name, _ in members]}")

    def _is_tagged(self, members: tuple[Member, ...]) -> bool:
        classes = [self._classes(payload) for _, payload in members]
        return len(set().union(*classes)) < sum(map(len, classes))

    def _classes(self, type: TypeExpression | None) -> set[type]:
        """The Python classes a value of `type` can have in wasmtime-py."""
        if type is None:
            return {object}
        kind, members = self._resolve(type)
        if kind in ("variant", "option", "result"):
            if self._is_tagged(members):
                return {Variant}
            return set().union(*(self._classes(payload) for _, payload in members))
        return {CLASSES[kind]}


def _generic_members(type: TypeExpression) -> tuple[Member, ...]:
    names = {"list": ("",), "option": ("none", "some"), "result": ("ok", "err")}[type.name]
    arguments = (None, *type.arguments) if type.name == "option" else type.arguments
    return tuple(
        (name, None if of == UNIT else of) for name, of in zip(names, arguments, strict=True)
    )


def _as_case(kind: str, value: Any) -> tuple[str, Any]:
    if kind == "option":
        return ("none", None) if value is None else ("some", value)
    case, payload = value
    return case, payload
