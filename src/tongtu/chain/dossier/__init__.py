"""The dossier: what a subject holds, lacks and could obtain, composed from rules, pack and registry.

subject    who is asked about, as of when, under which rules
judged     titles, verdicts, questions, manual items          (gaps: to the next tiers; benefits: what is unlocked)
calls      funding calls open to it;  year  what a year brought;  deadlines  what falls due
document   the shape every dossier has; shell, page, pdf and workbook print it
"""

from tongtu.chain.dossier.calls import open_calls
from tongtu.chain.dossier.deadlines import all_deadlines, deadlines
from tongtu.chain.dossier.document import Document
from tongtu.chain.dossier.judged import judged
from tongtu.chain.dossier.page import write_page
from tongtu.chain.dossier.pdf import write_pdf
from tongtu.chain.dossier.subject import Subject, subject
from tongtu.chain.dossier.workbook import write_workbook
from tongtu.chain.dossier.year import of_year

__all__ = [
    "Document", "Subject", "all_deadlines", "deadlines", "judged", "of_year", "open_calls", "subject", "write_page",
    "write_pdf", "write_workbook",
]  # fmt: skip
