"""Money: whole minor units with the currency inside.

Amounts are integers of the smallest unit (fen, cents), never floats, so that budgets add up
exactly. Minor-unit exponents follow ISO 4217.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: ISO 4217 exponents that differ from two.
_EXPONENTS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0,
    "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "VND": 0,
    "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

_ZH_SIZES = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
_EN_SIZES = ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " m"), (Decimal(10) ** 3, " k"))
_ZH_NAMES = {"CNY": "元", "USD": "美元", "EUR": "欧元", "JPY": "日元", "GBP": "英镑", "HKD": "港元"}


def exponent(currency: str) -> int:
    """Number of decimals of a currency's minor unit."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of one currency.

    >>> Money.of("350", "CNY").minor
    35000
    >>> print(Money.of(3_500_000, "CNY"))
    350万元
    """

    minor: int
    currency: str = "CNY"

    @classmethod
    def of(cls, major: int | str | Decimal, currency: str = "CNY") -> Money:
        """From major units (yuan, dollars); halves of a minor unit round away from zero."""
        scaled = Decimal(str(major)).scaleb(exponent(currency))
        return cls(int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency)

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency} without a rate")
        return Money(self.minor + other.minor, self.currency)

    def say(self, lang: str = "zh") -> str:
        """As people read it: 350万元, 1.2亿元; in English CNY 3.5 m, CNY 120 m.

        A larger unit is used only where nothing is lost by it, so that two different amounts never look alike.
        """
        major = self.major
        sizes, decimals = (_ZH_SIZES, 4) if lang == "zh" else (_EN_SIZES, 2)
        for size, word in sizes:
            if abs(major) >= size and major / size == round(major / size, decimals):
                return self._with_unit(_plain(major / size), word, lang)
        return self._with_unit(_plain(major), "", lang)

    def _with_unit(self, number: str, word: str, lang: str) -> str:
        if lang == "zh":
            return f"{number}{word}{_ZH_NAMES.get(self.currency, self.currency)}"
        return f"{self.currency} {number}{word}"

    def __str__(self) -> str:
        return self.say("zh")


def _plain(value: Decimal) -> str:
    """Grouped by thousands, without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
