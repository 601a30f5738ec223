"""Numbers as texts write them: 1,100 · 7.5 · 一百二十 · 二〇二五 · 三点五."""

from __future__ import annotations

#: the characters of Chinese numerals, their values; positions multiply, 万 and 亿 close a group
DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_GROUPS = {"万": 10_000, "亿": 100_000_000}
CHARACTERS = "".join((*DIGITS, *_TENS, *_GROUPS))
#: an Arabic number, with or without commas between its thousands
ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?"


def arabic(written: str) -> float | None:
    """The value, or None where it is none or beyond what a float can count."""
    try:
        found = float(written.replace(",", ""))
    except ValueError:
        return None
    return found if abs(found) < 1e18 else None


def chinese(written: str) -> float | None:
    """The value of a Chinese numeral, or None where its characters make none (二三十)."""
    whole, point, rest = written.partition("点")
    value = _positional(whole) if all(char in DIGITS for char in whole) and len(whole) > 1 else _grouped(whole)
    if value is None or not point:
        return value
    if not rest or any(char not in DIGITS for char in rest):
        return None
    return value + float("0." + "".join(str(DIGITS[char]) for char in rest))


def _positional(written: str) -> float | None:
    """Digits one after another are a number only when they are a year or a code, so at least four."""
    return float("".join(str(DIGITS[char]) for char in written)) if 4 <= len(written) <= 15 else None


def _grouped(written: str) -> float | None:
    total, group, digit, last = 0.0, 0.0, None, float("inf")
    for char in written:
        if char in DIGITS:
            if digit not in (None, 0):
                return None
            digit = DIGITS[char]
        elif char in _TENS:
            if _TENS[char] >= last:
                return None
            last = _TENS[char]
            group += (1 if digit is None else digit) * last
            digit = None
        elif char in _GROUPS:
            value = group + (digit or 0)
            if not value and not total:
                return None
            total = (total + value) * _GROUPS[char] if total < _GROUPS[char] else total + value * _GROUPS[char]
            group, digit, last = 0.0, None, float("inf")
        else:
            return None
    return total + group + (digit or 0) if written else None
