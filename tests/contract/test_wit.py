"""The contract: wasm-dbms 0.9.0 in its compatible part, and one list of errors everywhere."""

import inspect
from pathlib import Path

import pytest

import wasidb.errors
import wasidb_guest.errors
from tests.support.wit import Interface, read_wit

ROOT = Path(__file__).parents[2]
PACKAGE, INTERFACES = read_wit(ROOT / "wit/dbms.wit")


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


def test_compatible_interfaces_are_those_of_wasm_dbms() -> None:
    reference = (Path(__file__).parent / "wasm-dbms-0.9.0.txt").read_text(encoding="utf-8")
    ours = f"{INTERFACES['types']}\n\n{INTERFACES['database']}"
    assert ours == without_comments(reference).strip()


def test_package_has_no_version() -> None:
    assert PACKAGE == "wasm-dbms:dbms"


def defined_names(interface: Interface) -> set[str]:
    primitives = {f"{sign}{bits}" for sign in "us" for bits in (8, 16, 32, 64)}
    generics = {"_", "bool", "string", "list", "option", "result"}
    return primitives | generics | set(interface.types) | set(interface.uses)


@pytest.mark.parametrize("interface", INTERFACES.values(), ids=list(INTERFACES))
def test_every_type_in_use_is_declared(interface: Interface) -> None:
    for name, source in interface.uses.items():
        assert name in INTERFACES[source].types
    known = defined_names(interface)
    for definition in interface.types.values():
        for _, payload in definition.members:
            assert payload is None or payload.name in known
    for function in interface.functions.values():
        for _, type in (*function.parameters, ("", function.result)):
            assert {type.name, *(argument.name for argument in type.arguments)} <= known


def leaves() -> dict[str, str]:
    """Code to class name of every error of the engine that is not the parent of others."""
    base = wasidb_guest.errors.DbmsError
    values = vars(wasidb_guest.errors).values()
    classes = [each for each in values if inspect.isclass(each) and issubclass(each, base)]
    parents = {parent for each in classes for parent in each.__bases__}
    return {each.code: each.__name__ for each in classes if each not in parents}


def class_name(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("-"))


CODES = [name for name, _ in INTERFACES["errors"].types["error-code"].members]


def test_engine_raises_exactly_the_errors_of_the_contract() -> None:
    assert leaves() == {code: class_name(code) for code in CODES}


@pytest.mark.parametrize("code", CODES)
def test_host_has_a_class_for_every_code(code: str) -> None:
    error = wasidb.errors.error_from_wire(code, "something is wrong", '{"table": "users"}')
    assert type(error).__name__ == class_name(code)
    assert type(error).__bases__ == (parent_in_host(code),)
    assert error.code == code
    assert str(error) == "something is wrong"
    assert error.details == {"table": "users"}


def parent_in_host(code: str) -> type[Exception]:
    """The host's class with the name of the guest's parent class: both trees have one shape."""
    guest_parent = getattr(wasidb_guest.errors, class_name(code)).__bases__[0]
    host_parent: type[Exception] = getattr(wasidb.errors, guest_parent.__name__)
    return host_parent
