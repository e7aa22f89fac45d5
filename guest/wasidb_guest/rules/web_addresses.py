"""Whether a text is an absolute URL, as the URL Standard of WHATWG parses them.

    https : // user:password @ host : 8080 /path?query#fragment
    scheme     credentials     host   port

    special schemes   ftp http https ws wss   need a host: a domain, an IPv4 or an IPv6 address
    file                                      may have a host
    any other         postgres://h, mailto:x  a host behind `//`, or none at all

The standard forgives a lot: blanks around the text, line breaks inside, any number of slashes. What
it refuses is a missing scheme, a missing or impossible host, and a port that is none.

Of international domains (UTS 46) only the characters are looked at, after NFKC. The Punycode behind
`xn--` is taken as it is.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote

SPECIAL_SCHEMES = frozenset(("ftp", "http", "https", "ws", "wss"))
PORT_MAX = 65_535

_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))
_IGNORED = dict.fromkeys(map(ord, "\t\n\r"))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_DRIVE = re.compile(r"[A-Za-z][:|]")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::0*([0-9]{0,5}))?")
_FORBIDDEN_IN_HOSTS = re.compile(r"[\x00\t\n\r #/:<>?@[\\\]^|]")
_FORBIDDEN_IN_DOMAINS = re.compile(r"[\x00-\x20#/:<>?@[\\\]^|%\x7f\ufffd]")
_NO_CHARACTERS = frozenset(("Cc", "Cn", "Co", "Cs", "Zs", "Zl", "Zp"))
_OCTAL, _DECIMAL, _HEXADECIMAL = (
    re.compile(pattern) for pattern in ("0[0-7]*", "[1-9][0-9]{0,9}", "0[xX][0-9A-Fa-f]*")
)


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL."""
    text = text.strip(_CONTROLS_AND_SPACE).translate(_IGNORED)
    found = _SCHEME.match(text)
    if found is None:
        return False
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme in SPECIAL_SCHEMES:
        authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
        return _is_authority(authority, is_special=True)
    if scheme == "file":
        host = re.split(r"[/\\?#]", rest[2:], maxsplit=1)[0]
        has_host = rest[:2].replace("\\", "/") == "//" and host and not _DRIVE.fullmatch(host)
        return not has_host or _is_special_host(host)
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    return not rest.startswith("//") or not authority or _is_authority(authority, is_special=False)


def _is_authority(authority: str, *, is_special: bool) -> bool:
    """Whether this is a host, perhaps with credentials before and a port behind it."""
    found = _HOST_AND_PORT.fullmatch(authority.rpartition("@")[2])
    if found is None or not found[1] or int(found[2] or 0) > PORT_MAX:
        return False
    return _is_special_host(found[1]) if is_special else _is_opaque_host(found[1])


def _is_opaque_host(host: str) -> bool:
    return _is_ipv6(host) or not _FORBIDDEN_IN_HOSTS.search(host)


def _is_special_host(host: str) -> bool:
    return _is_ipv6(host) or _is_domain(unicodedata.normalize("NFKC", unquote(host)))


def _is_ipv6(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")) or "%" in host:
        return False
    try:
        IPv6Address(host[1:-1])
    except AddressValueError:
        return False
    return True


def _is_domain(domain: str) -> bool:
    if not domain or _FORBIDDEN_IN_DOMAINS.search(domain):
        return False
    if not domain.isascii() and not _NO_CHARACTERS.isdisjoint(map(unicodedata.category, domain)):
        return False
    parts = domain.removesuffix(".").split(".")
    is_number = parts[-1].isascii() and parts[-1].isdigit()
    return not (is_number or _HEXADECIMAL.fullmatch(parts[-1])) or _is_ipv4(parts)


def _is_ipv4(parts: list[str]) -> bool:
    """Whether these are one to four numbers, of which the last takes the bytes that are left."""
    numbers = [_number(part) for part in parts]
    if len(numbers) > 4 or None in numbers:
        return False
    *first, last = [number for number in numbers if number is not None]
    return all(number < 256 for number in first) and last < 256 ** (4 - len(first))


def _number(part: str) -> int | None:
    """A part of an IPv4 address: decimal, octal after a zero, hexadecimal after 0x."""
    if _HEXADECIMAL.fullmatch(part):
        return int(part[2:] or "0", 16)
    if _OCTAL.fullmatch(part):
        return int(part, 8)
    return int(part) if _DECIMAL.fullmatch(part) else None
