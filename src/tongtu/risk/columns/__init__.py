"""Any table as columns a model can use: what each holds (`reading`), and its codes (`encoding`)."""

from tongtu.risk.columns.encoding import Codes, Crossing, Encoder
from tongtu.risk.columns.reading import Column, clock, column, columns, target

__all__ = ["Codes", "Column", "Crossing", "Encoder", "clock", "column", "columns", "target"]
