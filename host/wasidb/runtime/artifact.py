"""The engine's `.wasm` file, and its compiled form kept between runs.

Compiling 30 MB of WebAssembly takes 6 s on two cores, loading the result 6 ms; so the result is
kept:

    ~/.cache/wasidb/<SHA-256 of component, wasmtime version, machine>.cwasm

    | native code, 52 MB | CRC-32 of it, 4 bytes little-endian |

The checksum may follow because wasmtime ignores what comes after its code.

The file is native code that wasmtime runs without looking: one flipped bit and anything may happen.
Two dangers, two measures. *Damage* (bad disk, torn write): the checksum is verified. CRC-32 finds
every burst of up to 32 bits and misses one random change in 4 billion; SHA-256 would be no safer,
since whoever can write the file can write its checksum. *Malice*: the folder must belong to this
user and be writable by nobody else; otherwise it is not used.

Digest and checksum take 35 ms, a third of what a short program takes with everything it imports. So
`familiar` remembers a pair of component and code that has passed, and they are read again when one
of the two files is not the same any more.

Files are written beside their place and renamed, so a reader sees a whole file or none. A damaged
file, or one that wasmtime refuses because the processor differs, is compiled anew without a word.
The `KEPT` last used are kept. Several processes may do all of this at once.

What most starts do without is imported where it is needed: it takes 30 ms.
"""

import contextlib
import os
import stat
import time
import warnings
import zlib
from pathlib import Path

import wasmtime
from wasmtime.component import Component

from wasidb.errors import ComponentDamaged, ComponentMissing
from wasidb.runtime import familiar

FILE_NAME = "wasidb.wasm"
VARIABLE = "WASIDB_COMPONENT"
CHECKSUM_SIZE = 4
KEPT = 4
NOTES_KEPT = 64
PART_SUFFIX = ".part"
ABANDONED_SECONDS = 3600


def locate() -> Path:
    """The component named by `WASIDB_COMPONENT`, else the packaged one, else the one built here."""
    package = Path(__file__).parents[1]
    named = os.environ.get(VARIABLE)
    places = (
        [Path(named)] if named else [package / FILE_NAME, package.parents[1] / "build" / FILE_NAME]
    )
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(map(str, places))
    raise ComponentMissing(
        f"no engine component; looked for {looked}; set {VARIABLE} to its path", path=looked
    )


def load(engine: wasmtime.Engine, path: Path) -> Component:
    """The component at `path`, compiled now or in an earlier run."""
    cache = cache_folder()
    if cache is None:
        return compiled(engine, path)
    with contextlib.suppress(wasmtime.WasmtimeError):
        if known := familiar.recall(cache, path):
            return loaded(engine, known)
    cached = cache / f"{key_of(path)}.cwasm"
    if is_sound(cached):
        with contextlib.suppress(wasmtime.WasmtimeError):
            component = loaded(engine, cached)
            familiar.remember(cache, path, cached)
            return component
    component = compiled(engine, path)
    store(bytes(component.serialize()), cached)
    return component


def loaded(engine: wasmtime.Engine, cached: Path) -> Component:
    """The component of a sound file, which is marked as used."""
    component = Component.deserialize_file(engine, str(cached))
    with contextlib.suppress(OSError):  # another process has just removed it
        os.utime(cached, ns=(time.time_ns(), cached.stat().st_mtime_ns))
    return component


def compiled(engine: wasmtime.Engine, path: Path) -> Component:
    """Compiles the component; takes seconds."""
    try:
        return Component.from_file(engine, path)
    except OSError as error:
        raise ComponentMissing(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    except wasmtime.WasmtimeError as error:
        reason = str(error).splitlines()[0]
        message = f"{path} is not a component this host can load: {reason}"
        raise ComponentDamaged(message, path=str(path)) from error


def key_of(path: Path) -> str:
    """Names the compiled form of the component at `path` for this machine."""
    import hashlib
    import platform
    from importlib.metadata import version

    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise ComponentMissing(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    machine = f"{version('wasmtime')} {platform.system()} {platform.machine()}"
    digest.update(machine.encode())
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """The private folder for compiled components; None, with a warning, when there is none."""
    root = os.environ.get("XDG_CACHE_HOME")
    folder = Path(root or "~/.cache") / "wasidb"
    try:
        folder = folder.expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder.stat()) and os.access(folder, os.W_OK):
            return folder
        reason = "it must belong to you and be writable by nobody else (chmod 700)"
    except (OSError, RuntimeError) as error:  # a user may have no home
        reason = getattr(error, "strerror", None) or str(error)
    warnings.warn(
        f"the engine is compiled at every start because {folder} cannot be used: {reason}",
        RuntimeWarning,
        stacklevel=2,
    )
    return None


def is_private(status: os.stat_result) -> bool:
    """Whether only this user can put files into the folder."""
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def is_sound(cached: Path) -> bool:
    """Whether the file is there and whole."""
    import mmap

    try:
        with cached.open("rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # absent, unreadable, or empty
        return False
    checksum = int.from_bytes(content[-CHECKSUM_SIZE:], "little")
    return zlib.crc32(content[:-CHECKSUM_SIZE]) == checksum


def store(code: bytes, cached: Path) -> None:
    """Puts compiled code in its place in one step; when the disk is full, leaves it."""
    import tempfile

    try:
        handle, temporary = tempfile.mkstemp(dir=cached.parent, suffix=PART_SUFFIX)
    except OSError:
        return
    try:
        with open(handle, "wb") as file:
            file.write(code)
            file.write(zlib.crc32(code).to_bytes(CHECKSUM_SIZE, "little"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, cached)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
    else:
        forget_old(cached.parent)


def forget_old(folder: Path) -> None:
    """Removes all but the last used, and what was abandoned while it was written."""
    by_use = sorted(folder.glob("*.cwasm"), key=last_used)
    notes = sorted(folder.glob(f"*{familiar.SUFFIX}"), key=last_used)
    long_ago = time.time() - ABANDONED_SECONDS
    abandoned = [file for file in folder.glob(f"*{PART_SUFFIX}") if last_used(file) < long_ago]
    for file in (*by_use[:-KEPT], *notes[:-NOTES_KEPT], *abandoned):
        file.unlink(missing_ok=True)


def last_used(file: Path) -> float:
    """When a file was used; long ago for one that another process has just removed."""
    with contextlib.suppress(OSError):
        return file.stat().st_atime
    return 0.0
