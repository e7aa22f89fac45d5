"""`wasidb shell --json`: the same conversation with a program, one line of JSON for each statement.

select(cities.name)     {"columns": ["name"], "rows": [["Bergen"], ["Oslo"]]}
.tables                 {"tables": [{"name": "cities", "rows": 2}]}
select(cities.nam)      {"error": {"code": "unknown-column", "message": ..., "details": {...}}}
"""

from dataclasses import asdict
from typing import Any

from wasidb.cli.command import json_text, told
from wasidb.cli.query import print_json
from wasidb.cli.shell import HELP, Shell
from wasidb.errors import Cancelled, DbmsError
from wasidb.query import Select


class JsonShell(Shell):
    """A conversation with a program. Answers have all their rows."""

    def ask(self, question: Select[Any]) -> None:
        print_json(self._db, question, line_break="")

    def tell(self, error: DbmsError) -> None:
        print(told(error, as_json=True))

    def stopped(self) -> None:
        self.tell(Cancelled("the statement was cancelled"))

    def _show_tables(self, _: str) -> None:
        tables = [{"name": each.name, "rows": each.rows} for each in self._db.stats().tables]
        print(json_text({"tables": tables}))

    def _show_schema(self, name: str) -> None:
        print(json_text({"tables": [table.as_json() for table in self._tables_called(name)]}))

    def _explain(self, text: str) -> None:
        print(json_text(asdict(self._plan_of(text))))

    def _show_help(self, _: str) -> None:
        print(json_text({"help": HELP}))
