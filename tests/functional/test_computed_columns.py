"""Migrations whose values the engine computes, and how they tell of their progress."""

import json

import pytest

from tests.support.engine_under_test import EngineUnderTest
from wasidb import Database, Field, InvalidQuery, Table, UInt32, select

ROWS = 20_000


class Order(Table, table="orders"):
    id: UInt32 = Field(primary_key=True)
    cents: UInt32


class Sale(Table, table="sales", renamed_from="orders"):
    id: UInt32 = Field(primary_key=True)
    cents: UInt32 = Field(index=True)
    twice: UInt32


TWICE = {"Mul": [{"Column": "cents"}, {"Value": 2}]}


def test_progress_and_an_expression(db: Database) -> None:
    db.create_tables(Order)
    db.insert([Order(id=number, cents=number % 100) for number in range(ROWS)])
    told: list[tuple[int, int | None]] = []
    db.migrate(
        Sale,
        transforms={"sales.twice": TWICE},
        progress=lambda done, total: told.append((done, total)),
    )
    # All rows once for their records, once for the index on the key, once for the one on cents.
    assert told == sorted(told)
    assert told[-1] == (3 * ROWS, 3 * ROWS)
    assert len(db.select(select(Sale).where(Sale.twice == 198))) == ROWS // 100
    assert not db.check()


def test_a_column_has_one_source_of_values(db: Database, engine: EngineUnderTest) -> None:
    db.create_tables(Order)
    supply = {"file": "/exchange/none", "names": ["twice"]}
    options = {"columns": {"sales": supply}, "expressions": {"sales": {"twice": TWICE}}}
    definitions = json.dumps([Sale.__table__.as_json()])
    with pytest.raises(InvalidQuery, match=r"sales\.twice has both an expression and values"):
        engine.call("catalog", "migrate", definitions, json.dumps(options))
