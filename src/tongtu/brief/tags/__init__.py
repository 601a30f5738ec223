"""Tags of a document, several or none, learnt from documents that people have tagged.

    bags      texts as weighted terms, Chinese and English alike
    signals   what speaks for a tag: regression, neighbours, concepts, each said of an example as if it were unseen
    tagger    the signals weighed together over all tags at once, and one threshold that serves the F-measure

Made for few examples: with dozens of documents and as many tags no tag has enough to learn weights of its own.
"""

from tongtu.brief.tags.tagger import LEAST, SCHEMA, Tagger, fit

__all__ = ["LEAST", "SCHEMA", "Tagger", "fit"]
