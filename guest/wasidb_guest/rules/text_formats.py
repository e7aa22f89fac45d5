"""Formats of text that validators know: each tells whether one text has it, as a whole.

e-mail         user.name+tag@gmail.com         no quotes, no addresses in brackets
phone          +44 20 7946 0958                7 to 20 digits, blanks and ( ) . -
MIME type      application/vnd.api+json
colour         #1A2B3C
snake case     _private_name2
kebab case     two-words
camel case     HttpServer                      begins with a capital
"""

import re
from collections.abc import Callable

from wasidb_guest.rules.characters import WHITE_SPACE, is_alphanumeric

Format = Callable[[str], object]
"""Gives something true for a text that has the format."""

is_email: Format = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
).fullmatch
is_phone: Format = re.compile(rf"\+?[0-9{WHITE_SPACE}().-]{{7,20}}").fullmatch
is_mime_type: Format = re.compile("[A-Za-z0-9+.-]+/[A-Za-z0-9+.-]+").fullmatch
is_rgb_color: Format = re.compile("#[0-9A-Fa-f]{6}").fullmatch

_NO_DIGITS_AND_UNDERSCORES = dict.fromkeys(map(ord, "0123456789_"))
_NO_DIGITS_AND_HYPHENS = dict.fromkeys(map(ord, "0123456789-"))


def is_snake_case(text: str) -> bool:
    """Lower-case letters, digits and underscores; no digit first."""
    is_begun = text[:1] == "_" or text[:1].islower()
    return is_begun and all(map(str.islower, text.translate(_NO_DIGITS_AND_UNDERSCORES)))


def is_kebab_case(text: str) -> bool:
    """Lower-case letters, digits and hyphens; a letter first."""
    return text[:1].islower() and all(map(str.islower, text.translate(_NO_DIGITS_AND_HYPHENS)))


def is_camel_case(text: str) -> bool:
    """Letters and digits of any script; a capital first."""
    return text[:1].isupper() and is_alphanumeric(text)
