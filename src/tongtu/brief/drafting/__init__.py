"""Drafts: a language model may reword sentences of a brief, and whatever it answers is an untrusted draft.

    prompt   what a model is asked: the sentences and their sources, fenced as data, and no tools
    reply    the strict form of an answer: a JSON object of sentence ids and wordings, nothing else
    accept   every wording held against its sentence and sources; what does not pass is dropped with its reasons
    marks    numbers, dates and names of a wording, compared by value and unit in either language
    wording  the words and signs of sense a wording may use: those of its sources, and plain ones
    binding  which words go with which number
    beside   a brief with its drafts, each after the sentence it rephrases

Nothing here reads a network or changes a table; instructions inside documents are text.
"""

from tongtu.brief.drafting.accept import Drafted, accept, beside, drafted_in, nothing, rephrases
from tongtu.brief.drafting.prompt import Prompt, offered, prompt

__all__ = ["Drafted", "Prompt", "accept", "beside", "drafted_in", "nothing", "offered", "prompt", "rephrases"]
