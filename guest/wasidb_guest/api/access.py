"""Grants as JSON.

    {"identity": "aa01", "flags": ["manage_acl", "migrate"], "all_tables": ["delete"],
     "tables": {"users": ["read", "insert"]}, "unknown_tables": {"54b91237375eab0e": ["read"]}}

An identity is hexadecimal; it can be any bytes, even none. Permissions on a table that does not
exist (any more) are under its fingerprint. To grant or revoke, all keys but `identity` may be left
out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wasidb_guest.encoding.json_document import DECODER, parse_json
from wasidb_guest.encoding.snapshot import fingerprint
from wasidb_guest.errors import InvalidQuery, TableNotFound
from wasidb_guest.tables.access_control import FLAGS, PERMISSIONS, AccessList, Grants
from wasidb_guest.tables.catalog import Registered

KEYS = ("identity", "flags", "all_tables", "tables", "unknown_tables")
FINGERPRINT_DIGITS = 16


def access_to_json(access: AccessList, registered: Registered) -> list[dict[str, Any]]:
    """The whole list."""
    names = {entry.fingerprint: name for name, (_, entry) in registered.items()}
    return [_grants_to_json(identity, access[identity], names) for identity in sorted(access)]


def _grants_to_json(identity: bytes, grants: Grants, names: Mapping[int, str]) -> dict[str, Any]:
    known: dict[str, list[str]] = {}
    unknown: dict[str, list[str]] = {}
    for table, bits in grants.tables.items():
        if table in names:
            known[names[table]] = _words(PERMISSIONS, bits)
        else:
            unknown[f"{table:0{FINGERPRINT_DIGITS}x}"] = _words(PERMISSIONS, bits)
    return {
        "identity": identity.hex(),
        "flags": _words(FLAGS, grants.flags),
        "all_tables": _words(PERMISSIONS, grants.all_tables),
        "tables": known,
        "unknown_tables": unknown,
    }


def _words(meanings: Mapping[str, int], bits: int) -> list[str]:
    return [word for word, bit in meanings.items() if bits & bit]


def parse_grants(text: str, registered: Registered) -> tuple[bytes, Grants]:
    """An identity and grants. Raises InvalidQuery, and TableNotFound."""
    try:
        given = parse_json(text, DECODER)
    except ValueError as problem:
        raise InvalidQuery(f"invalid grants JSON: {problem}") from None
    if not isinstance(given, dict) or not given.keys() <= set(KEYS) or "identity" not in given:
        raise _invalid(f"an object with the key identity and any of {', '.join(KEYS[1:])}")

    def fingerprint_of(name: str) -> int:
        if name not in registered:
            raise TableNotFound(name)
        return fingerprint(name)

    tables = _tables(given.get("tables", {}), fingerprint_of)
    tables |= _tables(given.get("unknown_tables", {}), _parse_fingerprint)
    flags = _bits(FLAGS, given.get("flags", []))
    grants = Grants(flags, _bits(PERMISSIONS, given.get("all_tables", [])), tables)
    identity = parse_identity(given["identity"])
    if identity is None:
        raise _invalid(f"an identity in hexadecimal, not {given['identity']!r}")
    return identity, grants


def parse_identity(text: object) -> bytes | None:
    """The bytes that a text has in hexadecimal; None for anything else."""
    try:
        identity = bytes.fromhex(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return identity if identity is not None and identity.hex() == str(text).lower() else None


def _parse_fingerprint(text: str) -> int:
    encoded = parse_identity(text)
    if encoded is None or len(text) != FINGERPRINT_DIGITS:
        raise _invalid(f"a fingerprint of {FINGERPRINT_DIGITS} hexadecimal digits, not {text!r}")
    return int.from_bytes(encoded)


def _tables(given: object, fingerprint_of: Callable[[str], int]) -> dict[int, int]:
    if not isinstance(given, dict):
        raise _invalid(f"an object from tables to permissions, not {given!r}")
    return {fingerprint_of(name): _bits(PERMISSIONS, words) for name, words in given.items()}


def _bits(meanings: Mapping[str, int], words: object) -> int:
    bits = 0
    for word in words if isinstance(words, list) else [None]:
        if not isinstance(word, str) or word not in meanings:
            raise _invalid(f"a list of {', '.join(meanings)}, not {words!r}")
        bits |= meanings[word]
    return bits


def _invalid(expected: str) -> InvalidQuery:
    return InvalidQuery(f"invalid grants JSON: expected {expected}")
