"""README and guides as their readers see them: programs, what they print, commands.

The ```python blocks of a guide continue each other and are one program. A block behind a line
that ends with "prints" is what the program prints there. Lines of ```sh blocks that begin with
`wasidb` are commands for a reader who has run the program.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import wasidb

ROOT = Path(__file__).parents[2]
FIRST_STEPS = (ROOT / "README.md", ROOT / "docs/tutorial.md")
FOLDERS = ("", "guest", "host", "memory_provider", "schema", "docs")
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"\bprints:?\n+```(?:text)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^wasidb .*", re.MULTILINE)


@dataclass(frozen=True)
class Guide:
    """What a guide promises to work; empty where it promises nothing."""

    code: str
    output: str
    commands: list[list[str]]


def guides() -> list[Path]:
    """Every Markdown file of ours."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))


def examples() -> dict[str, str]:
    """The programs of all guides, and of the docstring of `wasidb`, by where they stand."""
    programs = {str(path.relative_to(ROOT)): guide(path).code for path in guides()}
    assert wasidb.__doc__ is not None
    programs["wasidb.__doc__"] = wasidb.__doc__.partition("\n\n")[2]
    return {place: code for place, code in programs.items() if code}


def guide(path: Path) -> Guide:
    text = path.read_text(encoding="utf-8")
    shell = "\n".join(SHELL.findall(text))
    commands = [shlex.split(line, comments=True) for line in COMMAND.findall(shell)]
    return Guide("\n".join(PYTHON.findall(text)), "".join(PRINTED.findall(text)), commands)
