"""Files of the build that are kept as long as what they were made from stays the same.

A file's name carries the key of its inputs, so nothing is ever stale and nothing needs a time
stamp. A file appears under its name only when it is complete.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def content_key(*parts: str) -> str:
    """A digest of the parts in order; where one ends and the next begins counts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def cached(path: Path, key: str, make: Callable[[Path], None]) -> Path:
    """`path` with the key in its name, made unless it exists; older ones are removed."""
    keyed = path.with_stem(f"{path.stem}-{key[:20]}")
    if not keyed.exists():
        with replacing(keyed) as unfinished:
            make(unfinished)
        for old in set(path.parent.glob(f"{path.stem}-*{path.suffix}")) - {keyed}:
            old.unlink()
    return keyed


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write, of the same name; it takes the place of `path` when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder, path.name)
        yield unfinished
        os.replace(unfinished, path)
