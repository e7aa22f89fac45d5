"""What is an absolute URL."""

import pytest

from wasidb_guest.rules.web_addresses import is_url


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com",
        "https://example.com:8080/path?query=1#fragment",
        "ftp://ftp.example.com/file",
        "mailto:someone@example.com",
        "HTTP:example.com",
        " https:\\\\example.com\n",
        "http://user:pass@word@example.com/",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://4294967295",
        "http://[2001:db8::1]:80/",
        "http://bücher.example/",
        "http://ex%41mple.com",
        "http://example.com:",
        "http://1.2.3.example.",
        "file:///etc/hosts",
        "file://C:/x",
        "file:x",
        "postgres://db.example/name",
        "custom://",
        "custom:///path",
        "urn:isbn:0451450523",
        "data:,",
        "a:",
    ],
)
def test_is_one(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "://example.com",
        "http//example.com",
        "justastring",
        "1http://example.com",
        "http://",
        "http://exa mple.com",
        "http://exa<mple.com",
        "http://exa%20mple.com",
        "http://ex%ffmple.com",
        "http://user@",
        "http://:80",
        "http://example.com:65536",
        "http://example.com:8o",
        "http://example.com:" + "9" * 5000,
        "http://256.1.1.1",
        "http://1.2.3.4.5",
        "http://09.1.1.1",
        "http://" + "9" * 5000,
        "http://4294967296",
        "http://[::1",
        "http://[::g]",
        "http://[fe80::1%25eth0]",
        "http://exa\u2028mple.com",
        "file://exa mple/x",
        "custom://ho st/",
        "custom://user@/",
        "custom://:80/",
    ],
)
def test_is_none(text: str) -> None:
    assert not is_url(text)
