"""Interface `maintenance`: the file as a whole, which is for an admin, and who may do what."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from wasidb_guest.api.access import access_to_json, parse_grants
from wasidb_guest.api.copies import write_dense_copy, write_snapshot
from wasidb_guest.api.dump import dump_damaged
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.options import parse_options
from wasidb_guest.pages.layout import ACCESS_CONTROL_PAGE
from wasidb_guest.pages.stoppable import StoppablePages
from wasidb_guest.tables.access_control import (
    AccessList,
    Grants,
    decode_access_list,
    grant,
    revoke,
    write_access_list,
)
from wasidb_guest.tables.check import check_integrity
from wasidb_guest.tables.inventory import IndexSummary, Inventory, TableSummary
from wasidb_guest.tables.statistics import sum_up
from wasidb_guest.tables.survey import take_inventory


class Maintenance:
    """The functions of interface `maintenance`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, path: str, options: str) -> None:
        self._engine.open(path, parse_options(options))

    def close(self) -> None:
        self._engine.close()

    def check(self) -> str:
        self._engine.require("admin")
        store = self._engine.store
        problems = check_integrity(StoppablePages(store.cache), store.catalog)
        return json.dumps([asdict(each) for each in problems])

    def page_map(self) -> str:
        inventory = self._take_inventory()
        tables = [_table_to_json(table) for table in inventory.tables]
        return json.dumps({"pages": inventory.uses, "owners": inventory.owners, "tables": tables})

    def statistics(self) -> str:
        sizes = sum_up(self._take_inventory(), self._engine.store.cache.log.size)
        tables = [_table_to_json(table.summary) | {"pages": table.pages} for table in sizes.tables]
        return json.dumps(
            {
                "pages": sizes.pages,
                "free_pages": sizes.free_pages,
                "unreferenced_pages": sizes.unreferenced_pages,
                "log_bytes": sizes.log_bytes,
                "problems": sizes.problems,
                "tables": tables,
            }
        )

    def checkpoint(self) -> None:
        self._engine.require("admin")
        self._engine.store.checkpoint()

    def snapshot(self, path: str) -> None:
        self._engine.require("admin")
        write_snapshot(self._engine.store, path)

    def compact(self, path: str) -> None:
        self._engine.require("admin")
        store = self._engine.store
        store.check_idle()
        store.checkpoint()
        write_dense_copy(store, path)
        self._engine.close()

    def salvage(self, path: str, output: str) -> str:
        self._engine.require("admin")
        return json.dumps(dump_damaged(path, output))

    def access_list(self) -> str:
        store = self._engine.store
        access = store.rights.visible(decode_access_list(store.cache.read(ACCESS_CONTROL_PAGE)))
        return json.dumps(access_to_json(access, store.catalog.registered))

    def grant(self, grants: str) -> None:
        self._change_access(grants, grant)

    def revoke(self, grants: str) -> None:
        self._change_access(grants, revoke)

    def _change_access(
        self, grants: str, change: Callable[[AccessList, bytes, Grants], AccessList]
    ) -> None:
        self._engine.require("manage_acl")
        with self._engine.session(None) as transaction:
            identity, given = parse_grants(grants, transaction.registered)
            pages = transaction.pages()
            before = decode_access_list(pages.read(ACCESS_CONTROL_PAGE))
            after = change(before, identity, given)
            if after != before:
                write_access_list(pages, after)

    def _take_inventory(self) -> Inventory:
        self._engine.require("admin")
        store = self._engine.store
        return take_inventory(StoppablePages(store.cache), store.catalog)


def _table_to_json(table: TableSummary) -> dict[str, Any]:
    sizes = {
        name: getattr(table, name)
        for name in ("name", "columns", "rows", "record_pages", "free_bytes")
    }
    return sizes | {"indexes": [_index_to_json(index) for index in table.indexes]}


def _index_to_json(index: IndexSummary) -> dict[str, Any]:
    return {
        "columns": list(index.definition.columns),
        "unique": index.definition.unique,
        "pages": index.pages,
        "entries": index.entries,
        "height": index.height,
    }
