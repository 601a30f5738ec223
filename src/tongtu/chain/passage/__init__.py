"""Cases and pathways as documents: where a case stands, what happened on every day of it, what may happen next.

ground   the records, the pack's pathways and every case as its log tells it     pieces   what documents are made of
days     every day of a case: who worked, who was waited for                    ahead    days of the stages to come
listed   all cases        shown   one case, from need to industry (gates, nexts, bargaining, beside, holes, pictures)
logged   a log as rows    checked  every fault of the logs                      migrated  what another version changes
exported  cases for other programs                                              roads     pathways of the pack
"""

from tongtu.chain.passage.checked import checked
from tongtu.chain.passage.exported import FORMS, exported
from tongtu.chain.passage.ground import Passage, passage
from tongtu.chain.passage.listed import listed
from tongtu.chain.passage.logged import logged
from tongtu.chain.passage.migrated import migrated
from tongtu.chain.passage.roads import road, roads
from tongtu.chain.passage.shown import shown

__all__ = [
    "FORMS", "Passage", "checked", "exported", "listed", "logged", "migrated", "passage", "road", "roads", "shown",
]  # fmt: skip
