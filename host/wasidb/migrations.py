"""Migrations: from the tables that are stored to the models that are wanted.

    for operation in db.pending_migrations(User, Post):
        print(operation)                       rename column users.mail to email
    db.migrate(User, Post)

The models are the whole schema: a table that is stored and not among them is dropped, if that is
allowed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wasidb.rows import dump
from wasidb_schema import Table


@dataclass(frozen=True, slots=True)
class MigrationOperation:
    """One thing a migration does; `str` says it in a line.

    `kind` is one of those in docs/migrations.md, `details` has the parts that the kind has.
    """

    kind: str
    text: str
    is_destructive: bool
    details: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.text} (destructive)" if self.is_destructive else self.text


def definitions_json(tables: Iterable[type[Table]]) -> str:
    """The definitions of models, as `catalog` takes them."""
    return dump([table.__table__.as_json() for table in tables])


def operations_of(text: str) -> list[MigrationOperation]:
    """What `catalog` gives for a migration."""
    return [
        MigrationOperation(
            form.pop("operation"), form.pop("text"), form.pop("destructive"), details=form
        )
        for form in json.loads(text)
    ]
