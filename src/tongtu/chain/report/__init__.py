"""The plan as people read it: one self-contained page in both languages, and one workbook with every table."""

from tongtu.chain.report.page import write_page
from tongtu.chain.report.workbook import write_workbook

__all__ = ["write_page", "write_workbook"]
