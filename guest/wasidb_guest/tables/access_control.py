"""Page 1, the access-control list: who may do what, for engines that know who is asking.

    u8 version 2 | u32 count | identities, ascending by their bytes:
    identity   u8 size | bytes | u8 flags | u8 permissions on all tables
               u16 count | for each table, ascending: u64 fingerprint | u8 permissions

    flags         1 admin, 2 manage_acl, 4 migrate
    permissions   1 read, 2 insert, 4 update, 8 delete

A page of zeros is an empty list. It binds those who open the database with an identity (see
`transactions.rights`); whoever has the file may do everything. Unknown bits are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from wasidb_guest.encoding.reader import Reader
from wasidb_guest.errors import LimitExceeded, RuleViolated
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.layout import (
    ACCESS_CONTROL_PAGE,
    LEDGER_ALIGNMENT,
    PAGE_SIZE,
    U16,
    U32,
    U64,
    aligned,
)

Flag = Literal["admin", "manage_acl", "migrate"]
Permission = Literal["read", "insert", "update", "delete"]

VERSION = 2
FLAGS = {"admin": 1, "manage_acl": 2, "migrate": 4}
PERMISSIONS = {"read": 1, "insert": 2, "update": 4, "delete": 8}
IDENTITY_SIZE_MAX = 255


@dataclass(frozen=True, slots=True)
class Grants:
    """What one identity may do; `tables` is by fingerprint."""

    flags: int = 0
    all_tables: int = 0
    tables: Mapping[int, int] = field(default_factory=dict)

    def with_more(self, more: "Grants") -> "Grants":
        """These and `more`."""
        tables = dict(self.tables)
        for table, permissions in more.tables.items():
            tables[table] = tables.get(table, 0) | permissions
        return Grants(self.flags | more.flags, self.all_tables | more.all_tables, tables)

    def without(self, less: "Grants") -> "Grants":
        """These except `less`; a table without permissions is left out."""
        tables = {table: bits & ~less.tables.get(table, 0) for table, bits in self.tables.items()}
        left = {table: bits for table, bits in tables.items() if bits}
        return Grants(self.flags & ~less.flags, self.all_tables & ~less.all_tables, left)


AccessList: TypeAlias = dict[bytes, Grants]


def grant(access: AccessList, identity: bytes, grants: Grants) -> AccessList:
    """The list in which the identity has these grants too."""
    return access | {identity: access.get(identity, Grants()).with_more(grants)}


def revoke(access: AccessList, identity: bytes, grants: Grants) -> AccessList:
    """The list in which the identity has none of these grants, and is gone if none is left.

    Raises RuleViolated when nobody could manage the list any more.
    """
    if identity not in access:
        return access
    left = access | {identity: access[identity].without(grants)}
    if left[identity] == Grants():
        del left[identity]
    if _has_manager(access) and not _has_manager(left):
        raise RuleViolated("nobody else has manage_acl", value=identity.hex())
    return left


def _has_manager(access: AccessList) -> bool:
    return any(grants.flags & FLAGS["manage_acl"] for grants in access.values())


def decode_access_list(frame: bytes | bytearray) -> AccessList:
    """The content of page 1. Raises Corrupted."""
    if not any(frame):
        return {}
    reader = Reader(frame, ACCESS_CONTROL_PAGE)
    version = reader.u8("access-control version")
    if version != VERSION:
        raise reader.corrupted(f"access-control version is {version} instead of {VERSION}", 0)
    access: AccessList = {}
    for _ in range(reader.u32("identity count")):
        start = reader.offset
        identity = reader.take(reader.u8("identity size"), "identity")
        if identity in access:
            raise reader.corrupted(f"identity {identity.hex()!r} is listed twice", start)
        access[identity] = _read_grants(reader)
    return access


def _read_grants(reader: Reader) -> Grants:
    flags, all_tables = reader.u8("flags"), reader.u8("permissions on all tables")
    tables: dict[int, int] = {}
    for _ in range(reader.u16("table count")):
        start = reader.offset
        table = reader.u64("table fingerprint")
        if table in tables:
            raise reader.corrupted("permissions on a table are listed twice", start)
        tables[table] = reader.u8("table permissions")
    return Grants(flags, all_tables, tables)


def encode_access_list(access: AccessList) -> bytes:
    """The beginning of page 1, padded. Raises LimitExceeded when it does not fit."""
    parts = [bytes((VERSION,)), U32.pack(len(access))]
    for identity, grants in sorted(access.items()):
        if len(identity) > IDENTITY_SIZE_MAX:
            message = f"an identity of {len(identity)} bytes, at most {IDENTITY_SIZE_MAX} fit"
            raise LimitExceeded(message, limit="identity size")
        parts += [bytes((len(identity),)), identity, bytes((grants.flags, grants.all_tables))]
        parts.append(U16.pack(len(grants.tables)))
        parts += [U64.pack(table) + bytes((bits,)) for table, bits in sorted(grants.tables.items())]
    encoded = b"".join(parts)
    if len(encoded) > PAGE_SIZE:
        raise LimitExceeded("the access-control list does not fit its page", limit="access list")
    return encoded.ljust(aligned(len(encoded), LEDGER_ALIGNMENT), b"\0")


def write_access_list(pages: PageStore, access: AccessList) -> None:
    """Rewrite page 1. Raises LimitExceeded."""
    encoded = encode_access_list(access)
    pages.writable(ACCESS_CONTROL_PAGE, 0, len(encoded))[: len(encoded)] = encoded
