"""Which compiled form belongs to which component, remembered so that neither has to be read again.

    ~/.cache/wasidb/1c2d3e4f.pair     named by the CRC-32 of the component's path

    {"component": ["/lib/wasidb/wasidb.wasm", 2049, 131074, 29609286, 1763..., 1763...],
     "code":      ["46c9....cwasm", 131090, 52588236, 1763...]}

A file is known by its place, inode, size and times: a program that changes one changes at least a
time. The clock of file systems stands still for some milliseconds, in which a second change would
leave no trace; so a pair is remembered only when both files are older than that.

A note is of use or of none, never wrong: one that is damaged or that another process has replaced
is like one that is not there.
"""

import contextlib
import json
import os
import time
import zlib
from pathlib import Path
from typing import Any

SUFFIX = ".pair"
SETTLED_NANOSECONDS = 2 * 10**9


def recall(folder: Path, component: Path) -> Path | None:
    """The compiled form of a component, when both files are those that were remembered."""
    try:
        pair = json.loads(note_of(folder, component).read_bytes())
        code = folder / pair["code"][0]
        is_known = pair == pair_of(component, code)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return code if is_known else None


def remember(folder: Path, component: Path, code: Path) -> None:
    """Notes that `code`, which is sound, is the compiled form of `component`."""
    with contextlib.suppress(OSError):  # another process has removed one, or the disk is full
        pair = pair_of(component, code)
        last_change = max(pair["component"][-1], pair["code"][-1])
        if last_change > time.time_ns() - SETTLED_NANOSECONDS:
            return
        note = note_of(folder, component)
        written = note.with_suffix(f".{os.getpid()}.part")
        written.write_text(json.dumps(pair))
        written.replace(note)


def note_of(folder: Path, component: Path) -> Path:
    """The file about a component."""
    return folder / f"{zlib.crc32(os.fsencode(component)):08x}{SUFFIX}"


def pair_of(component: Path, code: Path) -> dict[str, list[Any]]:
    """What the two files are known by. Of the code not the time when its status was changed, which
    is that of its last use.
    """
    wasm, native = component.stat(), code.stat()
    times = wasm.st_mtime_ns, wasm.st_ctime_ns
    return {
        "component": [str(component), wasm.st_dev, wasm.st_ino, wasm.st_size, *times],
        "code": [code.name, native.st_ino, native.st_size, native.st_mtime_ns],
    }
