"""What two builds of the same sources have in common: a component without its memory snapshot.

componentize-py is not reproducible byte for byte. It runs the app's imports and stores the
interpreter's memory, and in that memory are things of the moment: the hash seed, drawn from the
system's randomness (the environment of that interpreter is fixed, PYTHONHASHSEED cannot reach it),
with it the order of every set and the place of nearly every object, and the times of the temporary
folders the modules came from. Tried: with randomness pinned from outside, two builds of 19 MB
differ in 251 bytes, all of them such times.

Memory lies in the data sections of core modules, and its size in their globals. Everything else
(code, types, imports, exports, tables, component structure) must be the same, and is what
`fingerprint` covers; what the memory was made from is covered by the inputs' digest that
`component.py` keeps.

    component   8 bytes of header, then sections
    section     1 byte kind, LEB128 size, content; kind 1 holds a core module, 4 a nested component
    module      8 bytes of header, then sections; kind 6 is globals, 11 is data
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

HEADER_SIZE = 8
COMPONENT, CORE_MODULE = b"\0asm\x0d\0\1\0", b"\0asm\1\0\0\0"
MODULES_AND_COMPONENTS = (1, 4)
GLOBALS_AND_DATA = (6, 11)


def fingerprint(path: Path) -> str:
    """The digest, in hexadecimal, of all that does not depend on when it was built."""
    digest = hashlib.sha256()
    for part in lasting_parts(memoryview(path.read_bytes())):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def lasting_parts(binary: memoryview) -> Iterator[memoryview]:
    """Header and sections of a component or module, without snapshots, nested ones taken apart."""
    header = binary[:HEADER_SIZE]
    if header not in (COMPONENT, CORE_MODULE):
        raise ValueError("neither a WebAssembly component nor a core module")
    yield header
    for kind, content in sections(binary):
        yield memoryview(bytes([kind]))
        if header == COMPONENT and kind in MODULES_AND_COMPONENTS:
            yield from lasting_parts(content)
        elif header == COMPONENT or kind not in GLOBALS_AND_DATA:
            yield content


def sections(binary: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Kind and content of each section."""
    at = HEADER_SIZE
    while at < len(binary):
        kind = binary[at]
        size, start = unsigned_leb128(binary, at + 1)
        at = start + size
        if at > len(binary):
            raise ValueError(f"section of kind {kind} ends at {at} of {len(binary)} bytes")
        yield kind, binary[start:at]


def unsigned_leb128(binary: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, and where it ends."""
    value = shift = 0
    while binary[at] & 0x80:
        value |= (binary[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | binary[at] << shift, at + 1
