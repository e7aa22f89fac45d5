"""What not every platform has: wasmtime's library, and locks on files."""

import contextlib
import platform
from collections.abc import Iterator

from wasidb.errors import PlatformUnsupported


@contextlib.contextmanager
def supported_platform() -> Iterator[None]:
    """Makes it a PlatformUnsupported when an import of the block finds nothing to load."""
    try:
        yield
    except (ImportError, OSError, RuntimeError) as error:
        here = f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
        message = f"wasidb needs wasmtime and POSIX file locks; {here} cannot load them: {error}"
        raise PlatformUnsupported(message) from error
