"""Data files: tables of text, arrays of NumPy, and what is wrong with them, down to the cell."""

from dlang.data.arrays import array_of, read_array, read_arrays
from dlang.data.columns import Text
from dlang.data.tables import Table, column, columns, parse_table, read_table
from dlang.data.writing import write_table

__all__ = [
    "Table",
    "Text",
    "array_of",
    "column",
    "columns",
    "parse_table",
    "read_array",
    "read_arrays",
    "read_table",
    "write_table",
]
