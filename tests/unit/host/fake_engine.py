"""An engine that records calls and answers from a list, to see what the host says to it."""

import json
from pathlib import Path
from typing import Any

from wasidb.errors import DbmsError
from wasidb.runtime.engine import Exchange


class FakeEngine:
    """Answers each call with the next of `answers`; an exception among them is raised."""

    def __init__(self, folder: Path) -> None:
        self.exchange = Exchange(folder, "/exchange")
        self.calls: list[tuple[Any, ...]] = []
        self.answers: list[Any] = []
        self.is_closed = False

    def answer(self, *answers: Any) -> None:
        """Sets what the next calls give; what is no text, number or error is given as JSON."""
        plain = (str, int, DbmsError, type(None))
        self.answers += [each if isinstance(each, plain) else json.dumps(each) for each in answers]

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        self.calls.append((f"{interface}.{function}", *arguments))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, DbmsError):
            raise answer
        return answer

    def cancel(self) -> None:
        self.calls.append(("cancel",))

    def check_free(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True
