"""The foreign keys of all tables, both ways: by table that has them, and by table they point at.

    posts.author ──> users.id      of["posts"]   posts.author        to["users"]   posts.author,
    likes.user   ──> users.id      of["likes"]   likes.user                        likes.user

Every change of a row asks for them, so they are worked out once, until tables or rules change.
"""

from collections.abc import Iterable, Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.rules.references import Reference, stored_references
from wasidb_guest.rules.table_rules import TableRules


class KnownReferences:
    """The foreign keys of some tables, of which `rules` are what is declared for some of them."""

    def __init__(
        self, definitions: Iterable[TableDefinition], rules: Mapping[str, TableRules]
    ) -> None:
        self.of: dict[str, Sequence[Reference]] = {}
        self.to: dict[str, list[Reference]] = {}
        for definition in definitions:
            declared = rules.get(definition.name)
            references = stored_references(definition) if declared is None else declared.references
            self.of[definition.name] = references
            for reference in references:
                self.to.setdefault(reference.target, []).append(reference)
