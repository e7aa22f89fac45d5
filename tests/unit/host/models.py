"""Tables for the tests of the host."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from wasidb import Field, Float32, Int16, Json, Table, UInt8


class Airline(Table, table="airlines"):
    carrier: str = Field(primary_key=True)
    name: str


class Flight(Table, table="flights"):
    id: int = Field(primary_key=True, autoincrement=True)
    carrier: str = Field(references="airlines.carrier")
    month: UInt8
    delay: Int16 | None = None
    fare: Decimal | None = None


class Everything(Table):
    id: UUID = Field(primary_key=True)
    day: date | None = None
    moment: datetime | None = None
    raw: bytes | None = None
    ratio: Float32 | None = None
    document: Json = None
    extra: Json | None = None
