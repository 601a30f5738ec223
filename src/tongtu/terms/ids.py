"""Identifiers: canonical form, structure and check digits.

Every `check_*` takes what a person typed and returns a `Checked`: full-width characters, spaces, prefixes
and case are forgiven; a wrong length, letter or check digit is a fault that names the expected digit.

Sources: GB 32100-2015 (unified social credit code) and GB 11714 (organisation code); the application-number
rules of the Chinese patent office before and since October 2003; ISO 7064 mod 11-2 (ORCID); ROR's use of
ISO 7064 mod 97-10 over Crockford base 32; GB/T 2260 (form of division codes); ISO 4217.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from tongtu.terms.checked import Checked, plain, solid
from tongtu.terms.why import Why

USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_PATENT_NEW_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_PATENT_OLD_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9)
_PATENT_KINDS = "12389"  # invention, utility model, design, and the two kinds entered through the PCT
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

CURRENCIES = frozenset({
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN",
    "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB",
    "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG",
    "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF",
    "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA",
    "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD",
    "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
    "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX",
    "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR",
    "ZMW", "ZWG", "XDR",
})  # fmt: skip
_CURRENCY_NAMES = {
    "人民币": "CNY", "人民币元": "CNY", "元": "CNY", "RMB": "CNY", "CNH": "CNY", "美元": "USD", "US$": "USD",
    "欧元": "EUR", "€": "EUR", "英镑": "GBP", "£": "GBP", "日元": "JPY", "港元": "HKD", "港币": "HKD",
    "HK$": "HKD", "澳门元": "MOP", "新台币": "TWD", "韩元": "KRW", "卢布": "RUB", "新加坡元": "SGD",
    "瑞士法郎": "CHF", "加元": "CAD", "澳元": "AUD",
}  # fmt: skip


def check_uscc(text: str) -> Checked[str]:
    """Unified social credit code: 18 characters, check character mod 31.

    Letters are allowed in positions 1 and 2, where other checkers demand digits. The inner organisation
    code has a check character of its own; real registers break it, so a mismatch is only a warning.

    >>> check_uscc("９１３５０１００M000100Y43").value
    '91350100M000100Y43'
    """
    code = solid(text).replace("-", "")
    if len(code) != 18:
        return Checked.wrong("ids.uscc-length", n=len(code))
    strange = sorted(set(code) - set(USCC_LETTERS))
    if strange:
        return Checked.wrong("ids.uscc-letter", letters=strange)
    if not code[2:8].isdigit():
        return Checked.wrong("ids.uscc-division", digits=code[2:8])
    expected = uscc_check(code)
    if code[17] != expected:
        return Checked.wrong("ids.uscc-check", last=code[17], expected=expected)
    inner = organisation_check(code[8:16])
    warning = Why("ids.uscc-organisation", {"last": code[16], "expected": inner})
    return Checked(code, warnings=() if code[16] == inner else (warning,))


def uscc_check(code: str) -> str:
    """The 18th character that belongs to the first 17."""
    total = sum(USCC_LETTERS.index(c) * w for c, w in zip(code, USCC_WEIGHTS, strict=False))
    return USCC_LETTERS[-total % 31]


def organisation_check(code: str) -> str:
    """The check character of an eight-character organisation code (GB 11714)."""
    total = sum(int(c, 36) * w for c, w in zip(code, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_patent(text: str) -> Checked[str]:
    """A Chinese application number, 12 + 1 digits since October 2003, 8 + 1 before.

    A prefix `CN` is dropped, `ZL` (granted) is kept, the dot before the check digit may be missing. A
    missing check digit is added and said; a publication number is kept and said to be unchecked.

    >>> check_patent("CN201710601862.3").value, check_patent("zl 95115608X").value
    ('201710601862.3', 'ZL95115608.X')
    """
    code = re.sub(r"[\s\-—]", "", solid(text))
    if re.fullmatch(r"CN[0-9]{7,9}[A-CS-Y][0-9]?", code):
        return Checked(code, warnings=(Why("ids.patent-publication"),))
    match = re.fullmatch(r"(?:CN)?(ZL)?(?:CN)?([0-9]{12}|[0-9]{8})\.?([0-9X])?", code)
    if match is None:
        return Checked.wrong("ids.patent-form")
    granted, body, given = match[1] or "", match[2], match[3]
    new = len(body) == 12
    if not _patent_year(body, new):
        return Checked.wrong("ids.patent-year", year=body[:4] if new else body[:2])
    kind = body[4] if new else body[2]
    if kind not in _PATENT_KINDS:
        return Checked.wrong("ids.patent-kind", kind=kind)
    expected = _mod11(body, _PATENT_NEW_WEIGHTS if new else _PATENT_OLD_WEIGHTS)
    if given is not None and given != expected:
        return Checked.wrong("ids.patent-check", last=given, expected=expected)
    added = () if given else (Why("ids.patent-completed", {"last": expected}),)
    return Checked(f"{granted}{body}.{expected}", warnings=added)


def check_orcid(text: str) -> Checked[str]:
    """ORCID with hyphens; an address in front of it is dropped.

    >>> check_orcid("https://orcid.org/0000000218250097").value
    '0000-0002-1825-0097'
    """
    code = re.sub(r"^(HTTPS?://)?(WWW\.)?ORCID\.ORG/", "", solid(text)).replace("-", "")
    if not re.fullmatch(r"[0-9]{15}[0-9X]", code):
        return Checked.wrong("ids.orcid-form")
    total = 0
    for digit in code[:15]:
        total = (total + int(digit)) * 2
    expected = "0123456789X"[(12 - total % 11) % 11]
    if code[15] != expected:
        return Checked.wrong("ids.orcid-check", last=code[15], expected=expected)
    return Checked("-".join(code[i : i + 4] for i in range(0, 16, 4)))


def check_ror(text: str) -> Checked[str]:
    """ROR identifier, returned as the address that ROR calls the identifier.

    >>> check_ror("03yrm5c26").value
    'https://ror.org/03yrm5c26'
    """
    code = re.sub(r"^(HTTPS?://)?(WWW\.)?ROR\.ORG/", "", solid(text)).rstrip("/")
    if not re.fullmatch(r"0[0-9A-HJKMNP-TV-Z]{6}[0-9]{2}", code):
        return Checked.wrong("ids.ror-form")
    value = 0
    for letter in code[:7]:
        value = value * 32 + _CROCKFORD.index(letter)
    expected = f"{98 - value * 100 % 97:02d}"
    if code[7:] != expected:
        return Checked.wrong("ids.ror-check", last=code[7:], expected=expected)
    return Checked(f"https://ror.org/{code.lower()}")


#: division code → (valid from, valid to, successor); an open end is None
Divisions = Mapping[str, tuple[date | None, date | None, str | None]]


def check_division(text: str, known: Divisions | None = None, on: date | None = None) -> Checked[str]:
    """A six-digit division code; with `known` also that it exists and was valid on a day.

    A code that has since been merged away keeps standing, with a warning that names its successor.
    """
    code = solid(text)
    if not re.fullmatch(r"[1-9][0-9]{5}", code):
        return Checked.wrong("ids.division-form")
    if known is None:
        return Checked(code)
    if code not in known:
        return Checked.wrong("ids.division-unknown", division=code)
    since, until, successor = known[code]
    if on is not None and ((since and on < since) or (until and on >= until)):
        out = Why("ids.division-retired", {"division": code, "on": on, "successor": successor})
        return Checked(code, warnings=(out,))
    return Checked(code)


def check_currency(text: str) -> Checked[str]:
    """ISO 4217 code; common Chinese names and signs are understood.

    >>> check_currency("人民币").value, check_currency("usd").value
    ('CNY', 'USD')
    """
    code = solid(text)
    code = _CURRENCY_NAMES.get(code, code)
    return Checked(code) if code in CURRENCIES else Checked.wrong("ids.currency", text=plain(text))


def check_year(text: str) -> Checked[int]:
    """A four-digit year, `2024`, `2024年` or `2024年度`.

    >>> check_year("２０２４年").value
    2024
    """
    match = re.fullmatch(r"((?:19|20|21)[0-9]{2})(?:\.0+)?(?:年度?)?", solid(text))
    return Checked(int(match[1])) if match else Checked.wrong("ids.year", text=plain(text))


def _patent_year(body: str, new: bool) -> bool:
    """Since October 2003 the year has four digits; before it two, beginning in 1985."""
    if new:
        return "2003" <= body[:4] <= "2099"
    return body[:2] >= "85" or body[:2] <= "03"


def _mod11(digits: str, weights: Sequence[int]) -> str:
    return "0123456789X"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]
