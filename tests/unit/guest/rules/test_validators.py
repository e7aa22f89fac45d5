"""Validators, each on texts that pass and texts that do not."""

from typing import Any

import pytest

from wasidb_guest.rules.codes import COUNTRIES, LANGUAGES
from wasidb_guest.rules.rule import BadRule, rules_from_json
from wasidb_guest.rules.validators import VALIDATORS
from wasidb_guest.values import TEXT, UINT8

PASS: dict[str, list[str]] = {
    "email": [
        "christian.visintin1997@yahoo.com",
        "user.name+tag@gmail.com",
        "support@sub.domain.com",
        "hello-world@my-site.org",
        "a@b.co",
        "test_email@domain.travel",
        "user99@domain.co.uk",
        "double..dot@-label.org",
    ],
    "phone": [
        "+1-202-555-0173",
        "(202) 555-0173",
        "+44 20 7946 0958",
        "202.555.0173",
        "2025550173",
        "+91 (22) 1234-5678",
    ],
    "mime_type": ["text/plain", "application/vnd.api+json"],
    "rgb_color": ["#1A2B3C", "#abcdef"],
    "snake_case": ["_leading", "name_2", "a", "größe_1", "_"],
    "kebab_case": ["two-words", "a2-", "größe-1"],
    "camel_case": ["HttpServer", "A", "Größe2", "Éहिन"],
    "country": ["US", "FK", "TW", "AX"],
    "language": ["en", "bh", "zu"],
}

REFUSED: dict[str, list[str]] = {
    "email": [
        "",
        "plainaddress",
        "@gmail.com",
        "user@",
        "user@gmail",
        "user@gmail.",
        "user@.com",
        "user@@gmail.com",
        ".user@gmail.com",
        "user@111.222.333.444",
        "user@[127.0.0.1]",
        '"quoted"@gmail.com',
        "us er@gmail.com",
        "a@b.c",
        "a@b.co\n",
        "ü@b.co",
    ],
    "phone": [
        "",
        "123456",
        "1" * 21,
        "phone",
        "++12025550173",
        "2025550173 ext. 5",
        "202/555/0173",
        "202_555_0173",
        "phone:2025550173",
        "2025550173+",
    ],
    "mime_type": ["", "text", "a/b/c", "/plain", "text/", "text/pl ain", "text/plain\n"],
    "rgb_color": ["", "#12345", "#1234567", "1A2B3C", "#1A2B3G", "#1A2B3C\n"],
    "snake_case": ["", "2name", "Name", "na-me", "naMe", "名前", "a\u0301"],
    "kebab_case": ["", "-name", "2name", "Name", "na_me", "naMe"],
    "camel_case": ["", "httpServer", "Http_Server", "2Http", "_Http", "Http Server"],
    "country": ["", "XX", "us", "USA"],
    "language": ["", "xx", "EN", "eng", "sh"],
}


def passes(rule: Any, *texts: str) -> list[bool]:
    """For each text whether one validator lets it pass."""
    (made,) = rules_from_json([rule], VALIDATORS, TEXT)
    return list(map(bool, made.work.test(texts)))


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule in PASS for text in PASS[rule]])
def test_passes(rule: str, text: str) -> None:
    assert passes(rule, text) == [True]


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule in REFUSED for text in REFUSED[rule]]
)
def test_is_refused(rule: str, text: str) -> None:
    assert passes(rule, text) == [False]


def test_length_is_counted_in_bytes() -> None:
    texts = ["", "abc", "äöü"]
    assert passes({"max_length": 3}, *texts) == [True, True, False]
    assert passes({"min_length": 4}, *texts) == [False, False, True]
    assert passes({"length": [3, 5]}, *texts) == [False, True, False]


def test_codes_are_those_of_the_standards() -> None:
    assert len(COUNTRIES) == 249
    assert len(LANGUAGES) == 184


def test_validators_are_for_text() -> None:
    with pytest.raises(BadRule, match="for uint8: 'email' is for text"):
        rules_from_json(["email"], VALIDATORS, UINT8)


@pytest.mark.parametrize("rule", [{"max_length": -1}, {"min_length": "3"}, {"length": [5, 3]}])
def test_lengths_that_make_no_sense_are_refused(rule: Any) -> None:
    with pytest.raises(BadRule):
        rules_from_json([rule], VALIDATORS, TEXT)
