"""Numbers, shares and amounts of money as people type them.

Exact throughout: texts become `Decimal`, never floats. Units of Chinese (万, 亿, 万元, 亿元) and of English
(k, m, bn, million) are understood, thousand separators, signs of currencies and percent as well. A range
(`100-200`) or a hedge (`约300`) is not one number and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tongtu.terms.checked import Checked, plain

#: what people write where they know no value; read as unknown, never as zero
BLANKS = frozenset({"-", "--", "—", "——", "–", "/", "\\", "n/a", "na", "#n/a n/a", "none", "null", "nil", "nan", "tbd",
                    "unknown", "未知", "不详", "不明", "待定", "暂无", "未填", "空"})  # fmt: skip

_SCALES = {
    "": 0, "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
    "千亿": 11, "万亿": 12, "k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "b": 9, "bn": 9,
    "billion": 9,
}  # fmt: skip

#: a sign or name of money → the currencies it may stand for, the usual one first; empty = any
_SIGNS: dict[str, tuple[str, ...]] = {
    "¥": ("CNY", "JPY"), "RMB": ("CNY",), "人民币": ("CNY",), "$": ("USD", "HKD", "SGD", "AUD", "CAD", "TWD", "NZD"),
    "US$": ("USD",), "HK$": ("HKD",), "€": ("EUR",), "£": ("GBP",), "元": (), "圆": (), "人民币元": ("CNY",),
    "美元": ("USD",), "欧元": ("EUR",), "英镑": ("GBP",), "日元": ("JPY",), "港元": ("HKD",), "港币": ("HKD",),
    "dollars": ("USD",), "yuan": ("CNY",),
}  # fmt: skip

_BODY = r"(?:\d{1,3}(?:[,' ]\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_NUMBER = re.compile(rf"([+-]?)\s*({_BODY})(?:e([+-]?\d{{1,3}}))?\s*(.*)", re.IGNORECASE)
_MONEY = re.compile(r"(\D*?)\s*([+-]?\s*[\d.].*)")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in major units and the currencies its text allows, the usual one first; empty = any.

    `own_unit` tells that the text named its unit (350万元, 350元), so that a header's unit does not apply.
    """

    value: Decimal
    currencies: tuple[str, ...] = ()
    own_unit: bool = False


def parse_number(text: str) -> Checked[Decimal]:
    """A plain number, with 万, 亿, k, m as multipliers.

    >>> parse_number("１，２００").value, parse_number("1.2万").value
    (Decimal('1200'), Decimal('1.2E+4'))
    """
    match = _signed(text)
    scale = _SCALES.get(match[1].lower()) if match else None
    if match is None or scale is None:
        return Checked.wrong("ids.number", text=plain(text))
    return Checked(match[0].scaleb(scale))


def parse_ratio(text: str) -> Checked[Decimal]:
    """A share: `35%` and `0.35` are the same.

    >>> parse_ratio("35％").value
    Decimal('0.35')
    """
    match = _signed(text)
    scale = {"": 0, "%": -2, "‰": -3}.get(match[1]) if match else None
    if match is None or scale is None:
        return Checked.wrong("ids.ratio", text=plain(text))
    return Checked(match[0].scaleb(scale))


def parse_money(text: str) -> Checked[Amount]:
    """An amount with its unit and, where a sign says so, its currency.

    >>> parse_money("￥350万元").value.value
    Decimal('3.50E+6')
    >>> parse_money("USD 1.2 m").value
    Amount(value=Decimal('1.2E+6'), currencies=('USD',), own_unit=True)
    """
    typed = plain(text)
    negative = re.fullmatch(r"\((.*)\)", typed)
    match = _MONEY.fullmatch(negative[1] if negative else typed)
    number = _signed(match[2]) if match else None
    unit = money_unit(number[1]) if number else None
    before = _sign(match[1]) if match else None
    if number is None or unit is None or before is None:
        return Checked.wrong("ids.money", text=typed)
    currencies = before or unit.currencies
    if before and unit.currencies and not set(before) & set(unit.currencies):
        return Checked.wrong("ids.money-two-currencies", text=typed)
    own_unit = bool(_sign(number[1]) is None or number[1] in _SIGNS)
    return Checked(Amount(number[0] * unit.value * (-1 if negative else 1), currencies, own_unit))


def money_unit(text: str) -> Amount | None:
    """A unit of money such as 万元, 亿美元, USD, k EUR: its size in major units and its currencies; None if none."""
    typed = plain(text).strip(" .")
    for scale in sorted(_SCALES, key=len, reverse=True):
        if typed.lower().startswith(scale):
            currencies = _sign(typed[len(scale) :])
            if currencies is not None:
                return Amount(Decimal(1).scaleb(_SCALES[scale]), currencies)
    currencies = _sign(typed.split(" ")[0])
    if currencies is not None and " " in typed and (size := _SCALES.get(typed.split(" ", 1)[1].lower())) is not None:
        return Amount(Decimal(1).scaleb(size), currencies)
    return None


def has_own_unit(text: str) -> bool:
    """True where a number carries a multiplier or percent sign of its own.

    >>> has_own_unit("35%"), has_own_unit("1,200")
    (True, False)
    """
    return plain(text)[-1:] not in "0123456789.)"


def number_scale(text: str) -> Decimal | None:
    """A bare multiplier such as 万 or million; None when it is none."""
    scale = _SCALES.get(plain(text).lower())
    return None if scale is None else Decimal(1).scaleb(scale)


def _sign(text: str) -> tuple[str, ...] | None:
    """The currencies a sign, name or ISO code stands for; empty for nothing, None when it is something else."""
    from tongtu.terms.ids import CURRENCIES

    sign = text.strip()
    if not sign:
        return ()
    if sign.upper() in CURRENCIES:
        return (sign.upper(),)
    return _SIGNS.get(sign, _SIGNS.get(sign.upper()))


def _signed(text: str) -> tuple[Decimal, str] | None:
    """The number at the start of a text and what follows it."""
    typed = plain(text).replace("−", "-")
    if accounting := re.fullmatch(r"\(([\d., ]+)\)", typed):  # bookkeepers' minus
        typed = f"-{accounting[1]}"
    match = _NUMBER.fullmatch(typed)
    if match is None:
        return None
    sign, body, power, rest = match.groups()
    value = Decimal(sign + re.sub(r"[,' ]", "", body)).scaleb(int(power or 0))
    return value, rest.strip()
