"""Appraisal as documents: what a case has proved and what would lift it, and two evaluation schemes over a portfolio.

ground     the cases with their maturity, how sure it is, readiness, autonomy, and who offers evidence
readings   autonomy and checklists as readings of the dimensions;  the chain takes them the same way
offers     services of platforms and providers as offers of evidence, with fee, days and the first opening
pieces     what the documents are put together from;  pictures   levels and chances as bars
case       one case;  overview   all of them;  schemes   which projects rise and fall, and why
"""

from tongtu.chain.appraisal.case import case
from tongtu.chain.appraisal.ground import Appraisal, appraisal
from tongtu.chain.appraisal.overview import overview
from tongtu.chain.appraisal.readings import readiness, readings
from tongtu.chain.appraisal.schemes import schemes

__all__ = ["Appraisal", "appraisal", "case", "overview", "readiness", "readings", "schemes"]
