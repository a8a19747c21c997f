"""Data files: tables of text, arrays of NumPy, JSON, and what is wrong with them, down to the cell."""

from dlang.data.columns import Text, Values
from dlang.data.datasets import Dataset, open_dataset, single_value, values, whole
from dlang.data.tables import Table, column, columns, parse_table, read_table
from dlang.data.writing import write_table

__all__ = [
    "Dataset",
    "Table",
    "Text",
    "Values",
    "column",
    "columns",
    "open_dataset",
    "parse_table",
    "read_table",
    "single_value",
    "values",
    "whole",
    "write_table",
]
