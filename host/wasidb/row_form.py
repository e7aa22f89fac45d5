"""Rows of some columns of a table, as the engine takes them: what is the same for all of them, made
once.

    cities, ("id", "name")   -->  {"insert": {"table": "cities", "columns": ["id", "name"]}}
    id [7, 8], name ["Oslo", null]  -->  [[7,"Oslo"],[8,null]]
"""

from wasidb.errors import InvalidValue
from wasidb.rows import Columns, column_of, dump, encoded_column, key_columns, unwritable
from wasidb_schema import TableDefinition

FORMS_KEPT = 1_024


class RowForm:
    """How rows are given; `insert` and `upsert` are the texts of the prepared statements, `key` the
    columns of the keys that both give.
    """

    def __init__(self, table: TableDefinition, names: tuple[str, ...]) -> None:
        self._table = table
        columns = [column_of(table, name) for name in names]
        self._coded = [column for column in columns if column.codec.encode]
        self.key = key_columns(table)
        rows = {"table": table.name, "columns": names}
        self.insert = dump({"insert": rows})
        self.upsert = dump({"upsert": rows})

    def parameters(self, columns: Columns, count: int) -> str:
        """So many rows, of which there are the values of some columns or of none, as the parameters
        of either statement.
        """
        cells = dict(columns)
        for column in self._coded:
            cells[column.name] = encoded_column(self._table, column, columns[column.name])
        rows = list(zip(*cells.values(), strict=True)) if cells else [()] * count
        try:
            text = dump(rows)
            text.encode()
        except (InvalidValue, UnicodeEncodeError) as error:
            raise unwritable(self._table, cells) or error from None
        return text


_forms: dict[tuple[int, tuple[str, ...]], RowForm] = {}
"""By the identity of the table, which its form keeps: of equal ones the enums may differ."""


def form_of(table: TableDefinition, names: tuple[str, ...]) -> RowForm:
    """How rows of these columns are given."""
    form = _forms.get((id(table), names))
    if form is None:
        if len(_forms) == FORMS_KEPT:
            _forms.clear()
        form = _forms[id(table), names] = RowForm(table, names)
    return form
