"""What could come next in a question, for the shell to offer.

sel|                  select            flights.de|          dep_time, dep_delay, dest
select(flights).o|    order_by, offset  .sch|                .schema
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from wasidb.cli.language import FUNCTIONS, METHODS
from wasidb.cli.stored_table import StoredTable
from wasidb.query import Select
from wasidb_schema import Column

BEGUN = re.compile(r"(?:(?P<owner>\w+|[)\]])\s*\.)?(?P<word>\w*)$")
DOT_WORD = re.compile(r"\.\w*$")


class Words(Completer):
    """Offers tables, columns, functions, methods and the shell's own commands."""

    def __init__(self, tables: Mapping[str, StoredTable], commands: Iterable[str]) -> None:
        self._tables, self._commands = tables, tuple(commands)

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterator[Completion]:
        """See `Completer`."""
        text = document.text_before_cursor
        if DOT_WORD.fullmatch(text):
            yield from offered(text, self._commands)
        elif found := BEGUN.search(text):
            yield from offered(found["word"], self._following(found["owner"], text))

    def _following(self, owner: str | None, text: str) -> Iterable[str]:
        """The words that can follow a dot behind `owner`, or begin an operand."""
        if owner is None:
            return [*self._tables, *FUNCTIONS]
        if owner in self._tables:
            return self._tables[owner].__columns__
        if owner in (")", "]"):
            return METHODS[Select]
        is_column = re.search(rf"\w\.{owner}\s*\.\w*$", text)
        return METHODS[Column] if is_column else ()


def offered(begun: str, words: Iterable[str]) -> Iterator[Completion]:
    """The words that begin so."""
    for word in words:
        if word.startswith(begun):
            yield Completion(word, start_position=-len(begun))
