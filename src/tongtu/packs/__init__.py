"""A jurisdiction as data.

Everything that is China and not software lives in `packs/cn`; another country is another pack.

>>> pack = load("cn")
>>> pack.vocabularies["area"]["raw"].zh
'原材料工业'

Every fact of a pack says where it comes from (`source`), how well that is known (`grade`: A official,
B two sources, C one source, ours) and since when. `layout.csv` says which files and columns a pack has;
a pack that breaks a rule is refused with all its faults at once.
"""

from tongtu.packs.announced import as_csv, import_directions
from tongtu.packs.folder import available
from tongtu.packs.pack import Number, Pack, load

__all__ = ["Number", "Pack", "as_csv", "available", "import_directions", "load"]
