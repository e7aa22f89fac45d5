"""How golden scripts are written: the text of a command to the JSON that the contract takes."""

import json
import re
from typing import Any

COLUMN_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,;]+|[,;]')
CLAUSE_WORD = re.compile(r"([\w.]+|,)")
CLAUSES = {"columns", "where", "order", "limit", "offset", "with", "set", "cascade"}
FLAGS = {"null": "nullable", "unique": "unique", "auto": "autoincrement"}
ACTIONS = {"cascade", "restrict", "set_null", "set_default"}


def parse_definition(text: str) -> dict[str, Any]:
    """The JSON definition for `users: id uint32 key, name text; index name`."""
    table, _, rest = text.partition(": ")
    columns, *further = split_words(COLUMN_WORD.findall(rest), ";")
    words_by_column = split_words(columns, ",")
    key = [words[0] for words in words_by_column if "key" in words]
    definition: dict[str, Any] = {
        "name": table,
        "primary_key": key[0] if len(key) == 1 else key,
        "columns": [parse_column(words) for words in words_by_column],
    }
    for word, *arguments in further:
        if word == "align":
            definition["alignment"] = int(arguments[0])
        elif word == "was":
            definition["renamed_from"] = arguments
        else:
            names = [name for (name,) in split_words(arguments, ",")]
            kind = "unique" if word == "unique" else "indexes"
            definition.setdefault(kind, []).append(names)
    return definition


def parse_column(words: list[str]) -> dict[str, Any]:
    """The JSON column for the words of `id uint32 key`."""
    name, type, *rest = words
    column: dict[str, Any] = {"name": name, "type": parse_type(type)}
    for word in (following := iter(rest)):
        if word == "default":
            column["default"] = json.loads(next(following))
        elif word == "->":
            table, target = next(following).split(".")
            column["references"] = {"table": table, "column": target}
        elif word in ACTIONS:
            column["references"]["on_delete"] = word
        elif word == "update":
            column["references"]["on_update"] = next(following)
        elif word == "deferred":
            column["references"]["deferred"] = True
        elif word == "unindexed":
            column["references"]["index"] = False
        elif word == "was":
            column.setdefault("renamed_from", []).append(next(following))
        elif word != "key":
            column[FLAGS[word]] = True
    return column


def parse_type(text: str) -> str | dict[str, Any]:
    """`text` as it is; `custom:role:1` as `{"custom": "role", "width": 1}`."""
    word, *custom = text.split(":")
    if not custom:
        return word
    return {"custom": custom[0], **({"width": int(custom[1])} if custom[1:] else {})}


def parse_select(text: str) -> dict[str, Any]:
    """The select statement for `users where {...} order name desc limit 1`."""
    table, clauses = parse_clauses(text)
    statement: dict[str, Any] = {"from": table}
    for name, words in clauses.items():
        if name == "columns":
            statement["columns"] = [column for (column,) in split_words(words, ",")]
        elif name == "order":
            statement["order_by"] = [
                {"column": column, "direction": direction[0] if direction else "asc"}
                for column, *direction in split_words(words, ",")
            ]
        elif name == "with":
            statement |= words[0]
        else:
            statement[name] = words[0] if name == "where" else int(words[0])
    return statement


def parse_clauses(text: str) -> tuple[str, dict[str, list[Any]]]:
    """The table, and for each clause its words; a JSON object is one word."""
    table, _, rest = text.partition(" ")
    clauses: dict[str, list[Any]] = {}
    current: list[Any] = []
    position = 0
    while position < len(rest):
        if rest[position] == "{":
            value, position = json.JSONDecoder().raw_decode(rest, position)
            current.append(value)
        elif rest[position] == " ":
            position += 1
        else:
            found = CLAUSE_WORD.match(rest, position)
            assert found, f"cannot read {rest[position:]!r}"
            position = found.end()
            if found[1] in CLAUSES:
                current = clauses[found[1]] = []
            else:
                current.append(found[1])
    return table, clauses


def split_words(words: list[Any], separator: str) -> list[list[Any]]:
    """`["a", ",", "b"]` as `[["a"], ["b"]]`."""
    parts: list[list[Any]] = [[]]
    for word in words:
        if word == separator:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts
