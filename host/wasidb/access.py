"""Who may do what: the access-control list of a database file.

    db.grant(Grants(b"ann", flags={"manage_acl"}, tables={"users": {"read", "insert"}}))
    db.revoke(Grants(b"ann", tables={"users": {"insert"}}))
    for grants in db.access_list(): ...

The list binds those who open the database with an identity: `wasidb.open(path, identity=b"ann")`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal

Flag = Literal["admin", "manage_acl", "migrate"]
Permission = Literal["read", "insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Grants:
    """What an identity, which is any bytes, may do; or what it is to be given, or to lose.

    `tables` is by name. Permissions on tables that do not exist (any more) are in `unknown_tables`
    by fingerprint, a number of 64 bits.
    """

    identity: bytes
    flags: Set[Flag] = frozenset()
    all_tables: Set[Permission] = frozenset()
    tables: Mapping[str, Set[Permission]] = field(default_factory=dict)
    unknown_tables: Mapping[int, Set[Permission]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "Grants":
        """Reads one object of the engine's list."""
        unknown = form["unknown_tables"].items()
        return cls(
            bytes.fromhex(form["identity"]),
            frozenset(form["flags"]),
            frozenset(form["all_tables"]),
            {table: frozenset(words) for table, words in form["tables"].items()},
            {int(fingerprint, 16): frozenset(words) for fingerprint, words in unknown},
        )

    def as_json(self) -> dict[str, Any]:
        """The object that the engine takes; words are in alphabetical order."""
        unknown = self.unknown_tables.items()
        return {
            "identity": self.identity.hex(),
            "flags": sorted(self.flags),
            "all_tables": sorted(self.all_tables),
            "tables": {table: sorted(words) for table, words in self.tables.items()},
            "unknown_tables": {f"{table:016x}": sorted(words) for table, words in unknown},
        }
