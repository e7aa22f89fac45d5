"""Flatbuffers put together by hand, to say what no Arrow writer would."""

import struct

from wasidb_guest.encoding.arrow.flatbuffers import Block, Table

ORIGIN = 1000
ABSENT = b""


def root_with(*fields: bytes, behind: bytes = b"") -> Table:
    """A table of these fields, followed by the bytes that they point at."""
    body = b"".join(fields)
    starts = [4 + sum(map(len, fields[:number])) for number in range(len(fields))]
    slots = [start if field else 0 for start, field in zip(starts, fields, strict=True)]
    vtable = struct.pack(f"<HH{len(slots)}H", 4 + 2 * len(slots), 4 + len(body), *slots)
    table = struct.pack("<i", len(vtable)) + body
    return Block(struct.pack("<I", 4 + len(vtable)) + vtable + table + behind, ORIGIN).root()
