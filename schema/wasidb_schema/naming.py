"""What is called by the name of a class, unless it has one of its own: tables, types of enums."""

import re


def snake_case(name: str) -> str:
    """`HTTPServer` is `http_server`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
