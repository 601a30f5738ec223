"""One catalogue of every word a face shows, and `say(why, lang)` to speak it.

The catalogue is a folder of TOML files, one per room; a code is `file.entry`. An entry has `zh` and
`en`, each with the same `{placeholders}`; where English needs a plural, `en` is a table with `one` and
`other`, chosen by the argument `n`. A file is read when its first code is spoken.
"""

from tongtu.terms.words.catalogue import LANGUAGES, Lang, as_lang, entries, missing, rooms, say, show, word

__all__ = ["LANGUAGES", "Lang", "as_lang", "entries", "missing", "rooms", "say", "show", "word"]
