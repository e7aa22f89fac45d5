"""Pages of which the reading can be stopped: for work that visits a whole file."""

from collections.abc import Sequence

from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.frame import Frame


class StoppablePages:
    """The committed pages; a `PageSource` that asks before each page whether to go on.

    No columns are kept for those who mean to look at the pages.
    """

    base = None

    def __init__(self, cache: PageCache) -> None:
        self.page_count = cache.page_count
        self.scan_pages = cache.scan_pages
        self.kept: dict[int, Frame] = {}
        self._cache = cache

    def read(self, number: int) -> Frame:
        self._cache.check()
        return self._cache.read(number)

    def columns_of(self, numbers: Sequence[int]) -> None:
        return None
