"""The words by which texts relate a figure to a quantity, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping

NUMBER = r"(?<![\d.])(?>\d{1,3}(?:[ ,]\d{3}){1,4}+(?!\d)|\d{1,15}+)(?:\.\d{1,15}+)?"
POWER = r"(?:[eE](?:[-+]\d{1,2}(?![\d.])|\d{1,2}(?![\w.]))|\s?[×xX*]\s?10\^?[-+]?\d{1,2}(?!\d))"
BODY = rf"(?P<body>{NUMBER})(?P<power>{POWER})?(?:\s?(?P<many>[万亿]))?"
FIGURE = re.compile(rf"(?P<sign>(?<![A-Za-z0-9_.)%])[-+])?(?:(?P<ten>10\^[-+]?\d{{1,2}}(?!\d))|{BODY})(?!\.?\d)")
BEFORE = {
    "ge": r"≥|>=|=>|>|不低于|不小于|不少于|大于等于|大于或等于|高于|大于|超过|多于|至少|达到|达|"
    r"at\s+least|no\s+less\s+than|not\s+less\s+than|no\s+lower\s+than|not\s+below|a\s+minimum\s+of|minimum\s+of|more\s+than|"
    r"greater\s+than|higher\s+than|above|over|exceeding",
    "le": r"≤|<=|=<|<|不高于|不大于|不超过|不多于|小于等于|小于或等于|低于|小于|少于|至多|"
    r"at\s+most|no\s+more\s+than|not\s+more\s+than|no\s+higher\s+than|not\s+above|not\s+exceeding|a\s+maximum\s+of|"
    r"maximum\s+of|less\s+than|lower\s+than|fewer\s+than|below|under",
    "approx": r"≈|约为|大约|约|about|approximately|around|roughly",
    "between": r"介于|between|from|从|自",
    "eq": r"=|等于|为|是|equals|equal\s+to",
}  # fmt: skip
AFTER = {
    "ge": r"(?:及|或|和)?以上|or\s+(?:more|higher|above|greater|longer)",
    "le": r"(?:及|或|和)?以下|以内|之内|or\s+(?:less|lower|below|fewer|shorter)",
    "approx": r"左右|上下",
}
#: a data sheet boasts: what it reaches is the most it can do, and a tolerance alone (`±0.1 ℃`) the most it is off
ON_SHEETS = BEFORE | {
    "le": rf"{BEFORE['le']}|最高(?:可达|达到|为|达)?|最大(?:为)?|可达|达到|达|up\s+to|±|\+/-",
    "ge": BEFORE["ge"].replace("|达到|达", "") + r"|最低(?:为)?|最小(?:为)?|down\s+to",
}


def _standing_before(words: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    """Patterns of the relations that end where a figure begins."""
    return {
        op: re.compile(rf"(?:(?<![A-Za-z0-9])(?=[A-Za-z])|(?![A-Za-z]))(?:{said})\s*[:=为]?\s*$", re.IGNORECASE)
        for op, said in words.items()
    }


RELATIONS, SHEET_RELATIONS = _standing_before(BEFORE), _standing_before(ON_SHEETS)
#: words within a quantity's name on a data sheet that say which end of its range stands there
LEADS = {
    "le": re.compile(r"^(?:最高|最大|max(?:imum)?\b\.?)\s*", re.IGNORECASE),
    "ge": re.compile(r"^(?:最低|最小|min(?:imum)?\b\.?)\s*", re.IGNORECASE),
}
#: figures of which each is a side of something (`600×400×300 mm`): no name
SIDES = re.compile(r"\d\s*[×xX*]\s*(?:\d|$)")
SUFFIXES = {op: re.compile(rf"\s*(?:{words})", re.IGNORECASE) for op, words in AFTER.items()}
TO = re.compile(r"\s*(?:~|〜|–|—|-|至|到|to\b)\s*", re.IGNORECASE)
AND = re.compile(r"\s*(?:and\b|和|与)\s*", re.IGNORECASE)  # joins the ends of a range behind "between" alone
ABOUT = re.compile(r"\s*(?:±|\+/-)\s*")
SEGMENT = re.compile(r"[。;!?\n、]|,(?!\d{3}(?!\d))|(?<!\d),|(?<!max)(?<!min)\.(?=\s|$)", re.IGNORECASE)
RUN = re.compile(r"(?:[^\s,;()\[\]@≥≤<>=~±:\"'“”]|(?<=/)\([^()\s]{1,16}\))+")
MOST_UNIT = 24
#: what may follow a unit in Chinese; another character would make it part of a word (`5 天线` is no five days)
FOLLOWS = "以及或左上内的时下且并之和与至到,，"
#: lower-case words that pint would take for units, and those that are ones
NO_UNIT = frozenset({
    "a", "am", "an", "as", "at", "are", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of",
    "on", "or", "so", "to", "up", "us", "we", "per", "pt",
})  # fmt: skip
PLAIN = frozenset({
    "mol", "mmol", "umol", "nmol", "min", "bar", "mbar", "kbar", "rad", "mrad", "krad", "ppm", "ppb", "rpm", "lux",
    "nit", "day", "days", "hour", "hours", "year", "years", "week", "weeks", "month", "months", "second", "seconds",
    "minute", "minutes", "cycle", "cycles", "inch", "count", "times", "percent", "degree", "degrees",
})  # fmt: skip
COUNTERS = ("次",)
UNDER = re.compile(
    r"\s*@\s*(?P<at>[^@]+)$|\s*\((?P<in>[^()]+)\)|\s+(?P<en>(?:at|under)\s+[^,;]*\d[^,;]*)$", re.IGNORECASE
)
LAST = re.compile(
    r"\((?P<in>[^()]*\d[^()]*)\)\s*$|(?:在|于)\s*(?P<at>[^下时在于]*?\d[^下时]*?)\s*(?:条件下|环境下|下|时)\s*$"
)
#: figures that are no values: years, 5G, 3D
NAMED = re.compile(r"(?:19|20)\d\d\s?年|\d+[A-Z](?![A-Za-z/])")
FIRST = re.compile(r"^(?:在|于|当)?\s*(?P<what>[^下时]*?\d[^下时]*?)\s*(?:条件下|环境下|下|时)[的,]?\s*")
LEAD = re.compile(
    r"^(?:[\s,:：的]|并且|而且|以及|同时|其中|要求|需要|寻求|希望|必须|应当|满足|实现|具有|具备|保证|确保|能够|且|并|和|与|及|其|需|须|应|"
    r"使|对|(?:and|with|a|an|the|of|we|need|needs|require|requires|requiring|must|should|shall|has|have|having|be|whose|its|"
    r"for|that|which|plus|also|but|in|or|looking|seeking|wanted|want)\b)+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:[\s,:：]|要求|需要|必须|应当|能够|可以|应|须|需|要|可|能|在|的|"
    r"\b(?:is|are|of|be|must|should|shall|with|has|have|having|reaching|to|a|an|the|at|by))+$",
    re.IGNORECASE,
)
STOPS = re.compile(
    r"\b(?:with|and|at|for|in|on|under|by|from|to|or|than|but|while|whose|of)\b|[且并]|以及", re.IGNORECASE
)
JOINTS = re.compile(r".*(?:\b(?:with|and|whose|having)\b|的)\s*", re.IGNORECASE)
READINESS = frozenset({"trl", "技术成熟度", "mrl", "制造成熟度"})
