"""The host's table of the contract, `wasidb.runtime.contract`, says what the WIT says."""

from pathlib import Path

import pytest

from tests.support.wit import Function, Interface, TypeExpression, read_wit
from wasidb.runtime import wire
from wasidb.runtime.contract import INTERFACES, PACKAGE
from wasidb.runtime.contract import interface as host_interface
from wasidb.runtime.wire import WireType

WIT_PACKAGE, WIT = read_wit(Path(__file__).parents[2] / "wit/dbms.wit")
HOST = {name: host_interface(name) for name in ("database", *INTERFACES)}
FUNCTIONS = [
    pytest.param(interface, function, id=f"{interface.name}.{function.name}")
    for interface in WIT.values()
    for function in interface.functions.values()
]


def test_same_interfaces_and_functions() -> None:
    declared = {name: list(each.functions) for name, each in WIT.items() if each.functions}
    assert WIT_PACKAGE == PACKAGE
    assert {name: list(each.functions) for name, each in HOST.items()} == declared


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS)
def test_same_types(interface: Interface, function: Function) -> None:
    host = HOST[interface.name]
    signature = host.functions[function.name]
    ok, fault = function.result.arguments
    parameters = [type for _, type in function.parameters]
    for type, ours in zip(parameters, signature.parameters, strict=True):
        assert shape_of(ours) == shape_in_wit(type, interface)
    assert (signature.ok and shape_of(signature.ok)) == shape_in_wit(ok, interface)
    assert shape_of(host.fault) == shape_in_wit(fault, interface)


Shape = str | tuple[object, ...] | None
"""A type with all names resolved, as nested tuples."""


def shape_in_wit(type: TypeExpression | None, interface: Interface) -> Shape:
    if type is None or type.name == "_":
        return None
    if type.arguments:
        return (type.name, *(shape_in_wit(argument, interface) for argument in type.arguments))
    source = WIT[interface.uses[type.name]] if type.name in interface.uses else interface
    definition = source.types.get(type.name)
    if definition is None:
        return type.name
    if definition.kind == "alias":
        return shape_in_wit(definition.members[0][1], source)
    members = tuple((name, shape_in_wit(payload, source)) for name, payload in definition.members)
    return (definition.kind, *members)


def shape_of(type: WireType) -> Shape:
    """The same for the host's own description of a type."""
    match type:
        case wire.Boolean():
            return "bool"
        case wire.Integer():
            return type.name
        case wire.Text():
            return "string"
        case wire.Bytes():
            return ("list", "u8")
        case wire.ListOf():
            return ("list", shape_of(type.item))
        case wire.Option():
            return ("option", shape_of(type.item))
        case wire.Enum():
            return ("enum", *((name, None) for name in type.names))
        case wire.Record():
            names = [name.decode() for name in type.names]
            return ("record", *zip(names, map(shape_of, type.types), strict=True))
        case wire.Variant():
            cases = type.cases.items()
            return ("variant", *((name, payload and shape_of(payload)) for name, payload in cases))
    raise AssertionError(f"{type!r} is no type of the contract")
