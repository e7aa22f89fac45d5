"""Rows in files of other programs, on their way in and out.

    db.insert_file("flights", "flights.csv")             db.select_file(question, "flights.parquet")

    CSV, JSON lines ──> blocks of text ──> cells of the columns' types ──┐
    Parquet, Arrow  ──> record batches ──────────────────────────────────┴──> pieces ──> engine

    engine ──> pages of cells  ──> CSV, JSON lines
           ──> one Arrow table ──> Parquet, Arrow

Rows are counted from 1, and the header of a CSV file is no row. A file that is read is never in
memory as a whole, nor are the rows that are written as text. Cells are written in text as rows
cross the contract (`wasidb_schema.cells`): blobs as base64, date-times with their offset.
"""

from wasidb.files.formats import FORMATS, Dialect, Format, delimiter_of, file_of, format_of

__all__ = ["FORMATS", "Dialect", "Format", "delimiter_of", "file_of", "format_of"]
