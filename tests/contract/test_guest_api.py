"""Behind every function of the contract stands a method of the engine, with its parameters."""

import importlib
import inspect
from pathlib import Path

import pytest

from tests.support.wit import Function, Interface, read_wit

_, WIT = read_wit(Path(__file__).parents[2] / "wit/dbms.wit")
INTERFACES = {name: interface for name, interface in WIT.items() if interface.functions}
FUNCTIONS = [
    pytest.param(interface, function, id=f"{interface.name}.{function.name}")
    for interface in INTERFACES.values()
    for function in interface.functions.values()
]


def api_class(interface: Interface) -> type:
    module = importlib.import_module(f"wasidb_guest.api.{interface.name}")
    found: type = getattr(module, interface.name.capitalize())
    return found


def snake_case(name: str) -> str:
    return name.replace("-", "_")


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS)
def test_method_has_the_parameters(interface: Interface, function: Function) -> None:
    method = getattr(api_class(interface), snake_case(function.name))
    _, *parameters = inspect.signature(method).parameters
    assert parameters == [snake_case(name) for name, _ in function.parameters]


@pytest.mark.parametrize("interface", INTERFACES.values(), ids=list(INTERFACES))
def test_class_has_no_other_methods(interface: Interface) -> None:
    public = {name for name in dir(api_class(interface)) if not name.startswith("_")}
    assert public == set(map(snake_case, interface.functions))
