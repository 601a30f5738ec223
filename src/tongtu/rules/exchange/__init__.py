"""Rules in the hands of others: a page to read, decision tables, a workbook to fill in, an annex taken over.

page           a scheme as HTML in Chinese or English, to be printed
               plain (words) · markup · criteria_table · score_tables · grants_table · changes (version to version)
to_dmn         a version as DMN 1.3: decisions · scales → drg (the graph), feel (its logic), dmn (the XML)
to_workbook    a version as the import template it needs: fields (which figures) · workbook
read_annex     a published list of directions, from a file to the pack
"""

from tongtu.rules.exchange.annex import read_annex
from tongtu.rules.exchange.dmn import Dmn, to_dmn
from tongtu.rules.exchange.page import page
from tongtu.rules.exchange.workbook import to_workbook

__all__ = ["Dmn", "page", "read_annex", "to_dmn", "to_workbook"]
