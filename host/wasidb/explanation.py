"""How the engine answers a question, as `Database.explain` gives it.

    print(db.explain(select(Order.customer, count()).group_by(Order.customer), analyze=True))

    Project customer, count                    about    5828 rows, had    5000   21.578 ms ...
      Aggregate by customer: count() as count  about    5828 rows, had    5000   21.566 ms ...
        Scan orders [customer]                 about  100000 rows, had  100000    1.626 ms ...

What comes after "about" is a guess, what comes after "had" was measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Explanation:
    """One step, and the steps it asks for rows, its `inputs`.

    `estimated_rows` is a guess, None where there is none. The others are None unless the question
    was asked: the rows and batches that the step gave, and what it took together with the steps it
    asks, in milliseconds and pages read, in memory or not.
    """

    node: str
    details: str
    inputs: tuple["Explanation", ...]
    estimated_rows: int | None = None
    rows: int | None = None
    batches: int | None = None
    pages: int | None = None
    milliseconds: float | None = None

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Self:
        """The steps as the engine describes them."""
        return cls(**{**tree, "inputs": tuple(map(cls.from_json, tree["inputs"]))})

    def __str__(self) -> str:
        lines = list(self._lines(0))
        width = max(len(text) for text, _ in lines)
        return "\n".join(f"{text:<{width}}  {figures}".rstrip() for text, figures in lines)

    def _lines(self, depth: int) -> Iterator[tuple[str, str]]:
        """What each step does, and its figures."""
        yield "  " * depth + self.details, self._figures()
        for each in self.inputs:
            yield from each._lines(depth + 1)

    def _figures(self) -> str:
        guess = "" if self.estimated_rows is None else f"about {self.estimated_rows:>7} rows"
        if self.rows is None:
            return guess
        return f"{guess}, had {self.rows:>7} {self.milliseconds:>8.3f} ms {self.pages:>6} pages"
