"""Rows from files and into files: nothing is lost, and what does not fit is named."""

import gzip
import io
import json
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

import wasidb
from wasidb import (
    DataFileError,
    Field,
    Float32,
    Int8,
    InvalidValue,
    Json,
    Table,
    UInt8,
    UniqueViolated,
    alias,
    column,
    count,
    select,
)
from wasidb.files import FORMATS, csv_file, reading
from wasidb.files.formats import Format
from wasidb.files.inference import inferred_table
from wasidb.files.reading import schema_of


class Person(Table, table="people"):
    id: int = Field(primary_key=True)
    name: str
    age: UInt8 | None = None
    nick: str | None = Field(None, unique=True)


class Note(Table, table="notes"):
    id: int = Field(primary_key=True)
    body: Json
    extra: Json | None = None


class Measure(Table, table="measures"):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    narrow: Float32 | None = None
    small: Int8 | None = None
    flag: bool | None = None


class Everything(Table, table="everything"):
    id: UUID = Field(primary_key=True)
    day: date | None = None
    moment: datetime | None = None
    raw: bytes | None = None
    ratio: float | None = None
    price: Decimal | None = None
    is_so: bool | None = None
    text: str | None = None
    document: Json | None = None


ROWS = [
    Everything(
        id=UUID(int=1),
        day=date(2024, 2, 29),
        moment=datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=2))),
        raw=b"\0\xff",
        ratio=0.1,
        price=Decimal("12.50"),
        is_so=True,
        text='a "quoted",\nlong text',
        document={"a": [1, None]},
    ),
    Everything(id=UUID(int=2), text="", ratio=math.inf, document="text", is_so=False),
    Everything(id=UUID(int=3)),
]

Refused = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def people(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(Person)
    return db


def refusing(refused: Refused) -> Callable[..., None]:
    """Keeps what it is told of rejected rows."""
    return lambda error, data: refused.append((error.message, dict(data)))


@pytest.mark.parametrize("format", FORMATS)
def test_every_type_survives_every_format(
    db: wasidb.Database, tmp_path: Path, format: Format
) -> None:
    db.create_tables(Everything)
    db.insert(ROWS)
    file = tmp_path / f"rows.{format}"
    assert db.select_file(select(Everything), str(file)) == 3
    assert db.delete(Everything, None) == 3
    assert db.insert_file(Everything, file) == 3
    assert db.select(select(Everything)) == ROWS
    assert not file.with_name(file.name + ".part").exists()


def test_aggregates_stand_where_they_were_asked_for(people: wasidb.Database) -> None:
    people.insert([Person(id=1, name="Ann", age=7), Person(id=2, name="Bob", age=7)])
    target = io.BytesIO()
    question = select(count(), Person.age).from_(Person).group_by(Person.age)
    assert people.select_file(question, target, format="csv") == 1
    assert target.getvalue() == b'"count","age"\n2,7\n'


def test_columns_of_one_name_get_names_of_their_own(people: wasidb.Database) -> None:
    people.insert(Person(id=1, name="Ann"))
    other = alias(Person, "other")
    question = select(Person.name, other.name).join(other, on=column(Person.id) == other.id)
    target = io.BytesIO()
    people.select_file(question, target, format="jsonl")
    assert target.getvalue() == b'{"name":"Ann","other.name":"Ann"}\n'


def test_bad_cell_is_named_and_nothing_is_stored(people: wasidb.Database) -> None:
    source = io.BytesIO(b"id,name,age\n1,Ann,30\n2,Bob,300\n")
    with pytest.raises(InvalidValue, match=r"row 2: people\.age: '300' is not a whole") as caught:
        people.insert_file(Person, source, format="csv")
    assert caught.value.details["column"] == "age"
    assert caught.value.details["row"] == 2
    assert caught.value.details["expected"] == "a whole number from 0 to 255"
    assert people.count(Person) == 0


def test_rejected_rows_are_told_and_the_others_stored(people: wasidb.Database) -> None:
    source = io.BytesIO(
        b"id,name,age,nick\n1,Ann,x,a\n2,Bob,2,b\n3,Cy,3\n2,Dan,4,d\n5,Eve,5,b\n6,Fay,,\n1,2,3,4,5\n"
    )
    refused: Refused = []
    stored = people.insert_file(Person, source, format="csv", rejected=refusing(refused))
    assert stored == 2
    assert [row.name for row in people.select(select(Person))] == ["Bob", "Fay"]
    assert sorted(message.partition("stream, ")[2] for message, _ in refused) == [
        "row 1: people.age: 'x' is not a whole number from 0 to 255",
        "row 3: 3 cells, expected 4 as in the header",
        "row 4: table 'people' already has a row with id = 2",
        "row 5: column people.nick is unique and already holds 'b'",
        "row 7: 5 cells, expected 4 as in the header",
    ]
    assert {"id": "1", "name": "Ann", "age": "x", "nick": "a"} in [data for _, data in refused]


def test_columns_that_do_not_fit_are_no_fault_of_a_row(people: wasidb.Database) -> None:
    refused: Refused = []
    source = io.BytesIO(b"id,nome\n1,Ann\n2,Bob\n")
    with pytest.raises(InvalidValue, match="no column 'nome'"):
        people.insert_file(Person, source, format="csv", rejected=refusing(refused))
    assert refused == []


def test_text_that_is_too_long_is_rejected(people: wasidb.Database) -> None:
    refused: Refused = []
    source = io.BytesIO(b"id,name\n1,Ann\n2," + b"x" * 70_000 + b"\n3,Cy\n")
    assert people.insert_file(Person, source, format="csv", rejected=refusing(refused)) == 2
    assert [message.partition("stream, ")[2][:5] for message, _ in refused] == ["row 2"]


def test_errors_that_name_no_row_are_traced_to_theirs(people: wasidb.Database) -> None:
    people.insert(Person(id=9, name="Ann", nick="a"))
    source = io.BytesIO(b'{"id": 1, "name": "Bob"}\n{"id": 2, "name": "Cy", "nick": "a"}\n')
    with pytest.raises(UniqueViolated, match=r"row 2: column people\.nick is unique"):
        people.insert_file(Person, source, format="jsonl")
    assert people.count(Person) == 1


class Price(Table, table="prices"):
    id: int = Field(primary_key=True)
    amount: Decimal | None
    rate: float
    facts: Json


def test_decimals_in_json_lines_keep_every_digit(db: wasidb.Database) -> None:
    db.create_tables(Price)
    numbers = ["1234567890123456789.0123456789", "-2.5e3", '"0.10"', "7", "null"]
    lines = [
        f'{{"id": {id}, "amount": {number}, "rate": 0.1, "facts": [0.1, {{"a": 1e-3}}]}}'
        for id, number in enumerate(numbers)
    ]
    assert db.insert_file(Price, io.BytesIO("\n".join(lines).encode()), format="jsonl") == 5
    stored = db.select(select(Price).order_by(Price.id))
    texts = ["1234567890123456789.0123456789", "-2500", "0.10", "7"]
    assert [row.amount for row in stored] == [*map(Decimal, texts), None]
    assert {(row.rate, str(row.facts)) for row in stored} == {(0.1, "[0.1, {'a': 0.001}]")}
    line = b'{"id": 9, "amount": 1e999999999, "rate": 1.5, "facts": null}'
    with pytest.raises(InvalidValue, match=r"row 1: .*1e999999999"):
        db.insert_file(Price, io.BytesIO(line), format="jsonl")


def test_json_lines_that_are_none(people: wasidb.Database) -> None:
    source = io.BytesIO(b'{"id": 1, "name": "Ann"}\n\n[1]\n{"id": 2,\n{"id": 3, "name": "Cy"}')
    refused: Refused = []
    people.insert_file(Person, source, format="jsonl", rejected=refusing(refused))
    assert [message.partition("stream, ")[2] for message, _ in refused] == [
        "row 3: not a JSON object",
        "row 4: not a JSON object",
    ]
    assert people.count(Person) == 2


@pytest.mark.parametrize(
    "line",
    [b'{"id": 1, "name": "\\ud800"}', b'{"id": 1, "name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"],
    ids=["half a surrogate pair", "too deep"],
)
def test_json_that_python_cannot_hold(people: wasidb.Database, line: bytes) -> None:
    file = io.BytesIO(line + b"\n" + b'{"id": 2, "name": "\\u00e9"}\n')
    refused: list[int] = []
    count = people.insert_file(
        Person, file, format="jsonl", rejected=lambda error, _: refused.append(error.details["row"])
    )
    assert (count, refused) == (1, [1])


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("csv", "narrow\n1e300\n"),
        ("jsonl", '{"narrow": 1e300}\n'),
        ("jsonl", '{"narrow": true}\n'),
        ("jsonl", '{"small": true}\n'),
        ("jsonl", '{"flag": 1}\n'),
        ("jsonl", '{"flag": 0.5}\n'),
    ],
)
def test_cells_are_refused_that_values_would_be(
    db: wasidb.Database, format: Format, content: str
) -> None:
    db.create_tables(Measure)
    with pytest.raises(InvalidValue, match="row 1: measures"):
        db.insert_file(Measure, io.BytesIO(content.encode()), format=format)
    assert db.count(Measure) == 0


def test_null_is_a_document_where_the_column_takes_no_null(db: wasidb.Database) -> None:
    db.create_tables(Note)
    rows = b'{"id": 1, "body": null}\n{"id": 2, "body": null, "extra": null}\n'
    db.insert_file(Note, io.BytesIO(rows), format="jsonl")
    assert db.count(Note, column(Note.extra).is_null()) == 2
    target = io.BytesIO()
    db.select_file(select(Note.body), target, format="jsonl")
    assert target.getvalue() == b'{"body":null}\n' * 2


def test_rows_are_counted_through_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_SIZE", 100)
    bad = {7: b"7", 120: b"x,y", 121: b"1,2,3,4,5", 300: b"300"}
    rows = [bad.get(number, b"%d,Ann" % number) for number in range(1, 301)]
    told: list[object] = []
    stored = reading.insert_file(
        lambda chunk: sum(batch.num_rows for batch in chunk.batches),
        Person.__table__,
        io.BytesIO(b"id,name\n" + b"\n".join(rows)),
        "csv",
        rejected=lambda error, _: told.append(error.details["row"]),
    )
    assert stored == 296
    assert sorted(told, key=str) == [120, 121, 300, 7]


def test_empty_field_is_null_where_the_column_takes_it(people: wasidb.Database) -> None:
    people.insert_file(Person, io.BytesIO(b'id,name,nick\n1,,""\n2,NA,\n'), format="csv")
    assert [(row.name, row.nick) for row in people.select(select(Person))] == [
        ("", ""),
        ("NA", None),
    ]
    people.insert_file(Person, io.BytesIO(b"id,name,nick\n3,x,NA\n"), format="csv", null="NA")
    assert people.count(Person, Person.nick == None) == 2  # noqa: E711


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("csv", b""),
        ("parquet", b"PAR1"),
        ("arrow", b"x"),
        ("arrows", b"xx"),
        ("csv", b"id\n\xff\n"),
    ],
)
def test_file_of_another_kind(people: wasidb.Database, format: Format, content: bytes) -> None:
    with pytest.raises(DataFileError, match=f"no {format} file"):
        people.insert_file("people", io.BytesIO(content), format=format)


def test_files_that_are_not_there_or_are(people: wasidb.Database, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot read"):
        people.insert_file(Person, tmp_path / "none.csv")
    with pytest.raises(DataFileError, match=r"unknown format '\.txt'; name one of csv, jsonl"):
        people.insert_file(Person, tmp_path / "none.txt")
    taken = tmp_path / "taken.csv"
    taken.symlink_to("nothing")
    with pytest.raises(DataFileError, match="it exists"):
        people.select_file(select(Person), taken)


@pytest.mark.parametrize("name", ["rows.tsv", "rows.csv.gz", "rows.TSV.GZ", "rows.jsonl.gz"])
def test_every_type_survives_tabs_and_gzip(db: wasidb.Database, tmp_path: Path, name: str) -> None:
    db.create_tables(Everything)
    db.insert(ROWS)
    file = tmp_path / name
    db.select_file(select(Everything), file)
    db.delete(Everything, None)
    told: list[tuple[int, int | None]] = []
    assert db.insert_file(Everything, file, progress=lambda *each: told.append(each)) == 3
    assert db.select(select(Everything)) == ROWS
    assert told[-1] == (3, 3)
    is_gzip = name.lower().endswith("gz")
    content = gzip.decompress(file.read_bytes()) if is_gzip else file.read_bytes()
    assert (b"\t" in content) == ("tsv" in name.lower())


def test_delimiter_of_your_own(people: wasidb.Database, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id;name\n1;Ann, or Anna\n")
    people.insert_file(Person, file, delimiter=";")
    target = io.BytesIO()
    people.select_file(select(Person.id, Person.name), target, format="csv", delimiter="|")
    assert target.getvalue() == b'"id"|"name"\n1|"Ann, or Anna"\n'
    with pytest.raises(InvalidValue, match="the delimiter is one ASCII character"):
        people.insert_file(Person, file, delimiter="||")


def test_damaged_gzip(people: wasidb.Database, tmp_path: Path) -> None:
    file = tmp_path / "people.csv.gz"
    whole = gzip.compress(b"id,name\n" + b"".join(b"%d,x%d\n" % (n, n) for n in range(10_000)))
    for content in (b"", b"id,name\n1,Ann\n", whole[:-9], whole[:1000]):
        file.write_bytes(content)
        with pytest.raises(DataFileError, match=r"people\.csv\.gz is no"):
            people.insert_file(Person, file)
        assert people.count(Person) == 0
    with pytest.raises(DataFileError, match="only csv or jsonl is read and written as gzip"):
        people.insert_file(Person, tmp_path / "people.parquet.gz")


def test_progress_counts_rows_and_estimates_all(people: wasidb.Database, tmp_path: Path) -> None:
    people.insert([Person(id=1, name="Ann"), Person(id=2, name="Bob")])
    file = tmp_path / "people.csv"
    told: list[tuple[int, int | None]] = []
    people.select_file(select(Person), file, progress=lambda *numbers: told.append(numbers))
    people.delete(Person, None)
    people.insert_file(Person, file, progress=lambda *numbers: told.append(numbers))
    assert told[0] == (2, None)
    assert told[-1] == (2, 2)
    assert all(total is not None and total >= done for done, total in told[1:])


def test_table_inferred_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,age,born,seen\nAnn,3,2020-01-02,2020-01-02T03:04:05Z\n")
    schema = schema_of(file, "csv")
    numbered = inferred_table(schema, "people", "people.csv")
    assert [(each.name, each.type, each.nullable) for each in numbered.columns] == [
        ("id", "int64", False),
        ("name", "text", True),
        ("age", "int64", True),
        ("born", "date", True),
        ("seen", "datetime", True),
    ]
    keyed = inferred_table(schema, "people", "people.csv", "name")
    assert [each.name for each in keyed.columns if not each.nullable] == ["name"]
    with pytest.raises(DataFileError, match="no column 'nick'"):
        inferred_table(schema, "people", "people.csv", "nick")
    with pytest.raises(DataFileError, match="has a column 'id'; name the primary key"):
        inferred_table(pa.schema([("id", pa.int8())]), "people", "people.csv")
    with pytest.raises(DataFileError, match="column 'parts' of type list"):
        inferred_table(pa.schema([("parts", pa.list_(pa.int8()))]), "people", "people.csv")


def test_json_schema_knows_documents(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(json.dumps({"name": "Ann", "tags": ["a"], "age": 3}) + "\n")
    table = inferred_table(schema_of(file, "jsonl"), "people", str(file))
    assert [each.type for each in table.columns] == ["int64", "text", "json", "int64"]
