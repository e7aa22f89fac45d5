"""The fingerprint covers everything of a component except the memory it starts with."""

from pathlib import Path

import pytest

from toolchain.fingerprint import COMPONENT, CORE_MODULE, fingerprint, unsigned_leb128

GLOBALS, CODE, DATA, NESTED_MODULE, NESTED_COMPONENT, IMPORTS = 6, 10, 11, 1, 4, 10


def section(kind: int, content: bytes) -> bytes:
    size = len(content)
    encoded = bytearray()
    while size >= 0x80:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([kind, *encoded, size]) + content


def component(*, code: bytes = b"code", data: bytes = b"data", stack: bytes = b"8") -> bytes:
    inside = section(GLOBALS, stack) + section(CODE, code) + section(DATA, data)
    module = section(NESTED_MODULE, CORE_MODULE + inside)
    nested = section(NESTED_COMPONENT, COMPONENT + module)
    return COMPONENT + module + section(IMPORTS, b"wasi") + nested


def fingerprint_of(binary: bytes, tmp_path: Path) -> str:
    path = tmp_path / "x.wasm"
    path.write_bytes(binary)
    return fingerprint(path)


def test_memory_does_not_count_even_when_its_size_changes(tmp_path: Path) -> None:
    expected = fingerprint_of(component(), tmp_path)
    for other in (component(data=b"other"), component(data=b"m" * 300), component(stack=b"9")):
        assert fingerprint_of(other, tmp_path) == expected


def test_code_and_structure_count(tmp_path: Path) -> None:
    others = {
        component(),
        component(code=b"edoc"),
        component() + section(IMPORTS, b"more"),
        COMPONENT + section(IMPORTS, b"more") + component()[len(COMPONENT) :],
        COMPONENT + section(IMPORTS, b"wasi"),
    }
    assert len({fingerprint_of(other, tmp_path) for other in others}) == len(others)


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (b"not wasm", "neither a WebAssembly component nor a core module"),
        (b"", "neither a WebAssembly component nor a core module"),
        (component()[:-1], "ends at"),
    ],
)
def test_refuses_what_is_no_component(tmp_path: Path, binary: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fingerprint_of(binary, tmp_path)


@pytest.mark.parametrize(("encoded", "value"), [(b"\x05", 5), (b"\xe5\x8e\x26", 624485)])
def test_sizes_are_leb128(encoded: bytes, value: int) -> None:
    assert unsigned_leb128(memoryview(encoded), 0) == (value, len(encoded))
