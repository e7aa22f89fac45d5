"""A reader for the part of WIT that a data contract uses: interfaces, types and functions.

    interface types {                    Interface("types")
        record point { x: u32 }            .types["point"] = ("record", "point", (("x", u32),))
        type row = list<point>;            .types["row"] = ("alias", "row", (("", list<point>),))
    }
    interface shapes {                   Interface("shapes")
        use types.{row};                   .uses = {"row": "types"}
        draw: func(r: row) -> result;      .functions["draw"] = ("draw", (("r", row),), result)
    }

`str()` of a type expression, a type and a function gives canonical text, one line a member, so that
two descriptions of one contract can be compared as text. Resources, flags, tuples, worlds and
versions are absent on purpose: the contract has none, and a reader that met one would fail at that
word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"//[^\n]*|(?P<token>->|%?[a-z_][a-z0-9-]*|[{}()<>,;:=.])")


@dataclass(frozen=True)
class TypeExpression:
    """A use of a type: a name and what it is applied to, as `list` to `u8` in `list<u8>`."""

    name: str
    arguments: tuple["TypeExpression", ...] = ()

    def __str__(self) -> str:
        return self.name + (f"<{', '.join(map(str, self.arguments))}>" if self.arguments else "")


Member = tuple[str, TypeExpression | None]


@dataclass(frozen=True)
class TypeDefinition:
    """A named type; `kind` is record, variant, enum or alias. Members keep their order."""

    kind: str
    name: str
    members: tuple[Member, ...]

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.kind} {self.name}", *(f"    {self._line(*m)}" for m in self.members)]
        )

    def _line(self, name: str, payload: TypeExpression | None) -> str:
        if payload is None or self.kind == "alias":
            return name or str(payload)
        return f"{name}: {payload}" if self.kind == "record" else f"{name}({payload})"


@dataclass(frozen=True)
class Function:
    """An exported function. A function without result has the result `_`."""

    name: str
    parameters: tuple[tuple[str, TypeExpression], ...]
    result: TypeExpression

    def __str__(self) -> str:
        parameters = ", ".join(f"{name}: {type}" for name, type in self.parameters)
        return f"func {self.name}({parameters}) -> {self.result}"


@dataclass
class Interface:
    """What one `interface` block declares, in order."""

    name: str
    uses: dict[str, str] = field(default_factory=dict)
    types: dict[str, TypeDefinition] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)

    def __str__(self) -> str:
        uses = [f"use {source}.{name}" for name, source in self.uses.items()]
        return "\n".join(
            [
                f"interface {self.name}",
                *uses,
                *map(str, [*self.types.values(), *self.functions.values()]),
            ]
        )


def read_wit(path: Path) -> tuple[str, dict[str, Interface]]:
    """The package name of the file at `path`, and its interfaces by name."""
    tokens = _Tokens(path.read_text(encoding="utf-8"))
    tokens.expect("package")
    package = "".join(tokens.until(";"))
    interfaces: dict[str, Interface] = {}
    while tokens.peek() == "interface":
        tokens.take()
        interface = _read_interface(tokens)
        interfaces[interface.name] = interface
    return package, interfaces


class _Tokens:
    """The words of a WIT text, one at a time."""

    def __init__(self, text: str) -> None:
        self._tokens = [found["token"] for found in TOKEN.finditer(text) if found["token"]]
        self._position = 0

    def peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._position += 1
        return token.removeprefix("%")

    def expect(self, token: str) -> None:
        assert self.peek() == token, f"expected {token!r}, found {self.peek()!r}"
        self._position += 1

    def skip(self, token: str) -> bool:
        """Whether `token` came next; it is taken if so."""
        found = self.peek() == token
        self._position += found
        return found

    def until(self, end: str) -> Iterator[str]:
        while not self.skip(end):
            assert self.peek(), f"expected {end!r}, found the end of the text"
            yield self.take()


def _read_interface(tokens: _Tokens) -> Interface:
    interface = Interface(tokens.take())
    tokens.expect("{")
    while not tokens.skip("}"):
        word = tokens.take()
        if word == "use":
            source, _, _, *names = tokens.until(";")
            interface.uses |= {name: source for name in names if name not in (",", "}")}
        elif word in ("record", "variant", "enum"):
            definition = TypeDefinition(word, tokens.take(), tuple(_read_members(tokens)))
            interface.types[definition.name] = definition
        elif word == "type":
            name = tokens.take()
            tokens.expect("=")
            interface.types[name] = TypeDefinition("alias", name, (("", _read_type(tokens)),))
            tokens.expect(";")
        else:
            interface.functions[word] = _read_function(word, tokens)
    return interface


def _read_members(tokens: _Tokens) -> Iterator[Member]:
    tokens.expect("{")
    while not tokens.skip("}"):
        name = tokens.take()
        payload = None
        if tokens.skip(":"):
            payload = _read_type(tokens)
        elif tokens.skip("("):
            payload = _read_type(tokens)
            tokens.expect(")")
        yield name, payload
        tokens.skip(",")


def _read_function(name: str, tokens: _Tokens) -> Function:
    for token in (":", "func", "("):
        tokens.expect(token)
    parameters = []
    while not tokens.skip(")"):
        parameter = tokens.take()
        tokens.expect(":")
        parameters.append((parameter, _read_type(tokens)))
        tokens.skip(",")
    result = _read_type(tokens) if tokens.skip("->") else TypeExpression("_")
    tokens.expect(";")
    return Function(name, tuple(parameters), result)


def _read_type(tokens: _Tokens) -> TypeExpression:
    name = tokens.take()
    arguments = []
    if tokens.skip("<"):
        while not tokens.skip(">"):
            arguments.append(_read_type(tokens))
            tokens.skip(",")
    return TypeExpression(name, tuple(arguments))
