"""The one error of the build, and running a tool so that its failure becomes that error."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class BuildFailed(Exception):
    """The build stopped; the message names the step and repeats what the tool said."""


def run(
    what: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
) -> str:
    """Run a tool in `folder` and return what it printed; `what` names the step in the error."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"{what} failed with exit code {done.returncode}\n{done.stdout.rstrip()}")
    return done.stdout
