"""A small reader of DMN for the tests: FEEL as far as our decisions go, by the standard's own rules for null.

Numbers are decimals of 34 digits, as FEEL has them; nothing here is shared with what writes the XML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree

NS = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
DECIMAL = Context(prec=34)
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|\*\*|\.\.|>=|<=|!=|[-+*/()\[\]{},:.<>=])')
_BINDING = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4, "*": 5,
            "/": 5, "**": 6}  # fmt: skip


def numeric(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        assert match is not None, text[at:]
        found.append(match[1])
        at = match.end()
    return [*found, ""]


@dataclass
class Reader:
    """Evaluates while it reads; both branches of an `if` are read, the one not taken is dropped."""

    words: list[str]
    scope: dict[str, Any]
    at: int = 0

    def take(self, wanted: str = "") -> str:
        word = self.words[self.at]
        assert not wanted or word == wanted, f"{wanted} wanted, {word} found in {' '.join(self.words)}"
        self.at += 1
        return word

    def peek(self) -> str:
        return self.words[self.at]

    def expression(self, least: int = 0) -> Any:
        left = self.operand()
        while _BINDING.get(self.peek(), -1) > least or (self.peek() in (".", "[") and least < 9):
            word = self.take()
            if word == ".":
                left = self.member(left, self.take())
            elif word == "[":
                left = self.filtered(left)
            elif word == "in":
                left = self.among(left)
            else:
                left = binary(word, left, self.expression(_BINDING[word]))
        return left

    def operand(self) -> Any:
        word = self.take()
        if word == "if":
            return self.choice()
        if word == "(":
            return self.closed(")")
        if word == "-":
            value = self.expression(6)
            return None if value is None else -value
        if word == "{":
            return self.context()
        if word == "[":
            return self.several("]")
        if word[0] == '"':
            return word[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        if word[0].isdigit():
            return Decimal(word)
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
        if self.peek() == "(":
            self.take()
            return call(word, self.several(")"))
        return self.scope[word]

    def choice(self) -> Any:
        condition = self.expression()
        self.take("then")
        yes = self.expression()
        self.take("else")
        no = self.expression()
        return yes if condition is True else no

    def closed(self, end: str) -> Any:
        value = self.expression()
        self.take(end)
        return value

    def several(self, end: str) -> list[Any]:
        values = []
        while self.peek() != end:
            values.append(self.expression())
            if self.peek() == ",":
                self.take()
        self.take(end)
        return values

    def context(self) -> dict[str, Any]:
        found = {}
        while self.peek() != "}":
            name = self.take()
            self.take(":")
            found[name] = self.expression()
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found

    def among(self, value: Any) -> Any:
        self.take("(")
        values = self.several(")")
        return None if value is None else value in values

    def filtered(self, values: list[Any]) -> list[Any]:
        """Only `[item = CONSTANT]`."""
        self.take("item")
        self.take("=")
        wanted = self.expression()
        self.take("]")
        return [v for v in values if v is wanted]

    def member(self, value: Any, name: str) -> Any:
        if value is None:
            return None
        return value[name] if isinstance(value, dict) else Decimal(getattr(value, name))


def binary(op: str, left: Any, right: Any) -> Any:
    if op == "and":
        return False if left is False or right is False else True if left is True and right is True else None
    if op == "or":
        return True if left is True or right is True else False if left is False and right is False else None
    if op in ("=", "!="):
        return (left == right) == (op == "=")
    if left is None or right is None:
        return None
    if op in ("<", "<=", ">", ">="):
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
    try:
        way = {"+": DECIMAL.add, "-": DECIMAL.subtract, "*": DECIMAL.multiply, "/": DECIMAL.divide, "**": DECIMAL.power}
        return way[op](left, right)
    except (InvalidOperation, ZeroDivisionError):
        return None


def call(name: str, args: list[Any]) -> Any:
    if name == "not":
        return None if args[0] is None else not args[0]
    if name == "date":
        return date.fromisoformat(args[0])
    if name == "count":
        return None if args[0] is None else Decimal(len(args[0]))
    if None in args:
        return None
    if name == "decimal":
        return DECIMAL.quantize(args[0], Decimal(1).scaleb(-int(args[1])))
    return {"min": min, "max": max}[name](args)


def evaluate(text: str, scope: dict[str, Any]) -> Any:
    reader = Reader(tokens(text), scope)
    value = reader.expression()
    assert reader.peek() == "", text
    return value


def fits(test: str, value: Any, scope: dict[str, Any]) -> bool:
    """A unary test of the kinds we write."""
    if interval := re.fullmatch(r"([\[(])(.+)\.\.(.+)([\])])", test):
        low, high = (evaluate(interval[i], scope) for i in (2, 3))
        above = binary(">=" if interval[1] == "[" else ">", value, low)
        return binary("and", above, binary("<=" if interval[4] == "]" else "<", value, high)) is True
    if bound := re.match(r"(>=|<=|>|<)\s*(.+)", test):
        return binary(bound[1], value, evaluate(bound[2], scope)) is True
    if others := re.fullmatch(r"not\((.+)\)", test):
        return value not in [evaluate(t.strip(), scope) for t in others[1].split(",")]
    return bool(value == evaluate(test, scope))


@dataclass
class Model:
    """The decisions of a DMN file, evaluated with what they require and nothing else."""

    decisions: dict[str, ElementTree.Element]
    inputs: dict[str, str]

    @classmethod
    def of(cls, xml: str) -> Model:
        root = ElementTree.fromstring(xml)
        decisions = {d.get("name", ""): d for d in root.iter(f"{NS}decision")}
        inputs = {i.get("name", ""): i.find(f"{NS}variable").get("typeRef") for i in root.iter(f"{NS}inputData")}
        return cls(decisions, inputs)

    def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """Every decision's value. Raises KeyError where one speaks of what it does not require."""
        facts = {name: numeric(value) for name, value in given.items()}
        done: dict[str, Any] = {}
        for name in self.decisions:
            self._decide(name, facts, done)
        return done

    def _decide(self, name: str, facts: dict[str, Any], done: dict[str, Any]) -> Any:
        if name in done:
            return done[name]
        decision = self.decisions[name]
        scope = {r.get("href")[1:]: facts[r.get("href")[1:]] for r in decision.iter(f"{NS}requiredInput")}
        for required in decision.iter(f"{NS}requiredDecision"):
            scope[required.get("href")[1:]] = self._decide(required.get("href")[1:], facts, done)
        literal = decision.find(f"{NS}literalExpression/{NS}text")
        table = decision.find(f"{NS}decisionTable")
        done[name] = evaluate(literal.text, scope) if literal is not None else _table(table, scope)
        return done[name]


def _table(table: ElementTree.Element, scope: dict[str, Any]) -> Any:
    column = table.find(f"{NS}input/{NS}inputExpression/{NS}text").text
    value = evaluate(column, scope)
    hits = [r for r in table.iter(f"{NS}rule") if fits(r.find(f"{NS}inputEntry/{NS}text").text, value, scope)]
    assert len(hits) <= 1, f"{len(hits)} rules for {value} in a table that promises one"
    if not hits:
        return None
    values = [evaluate(e.find(f"{NS}text").text, scope) for e in hits[0].iter(f"{NS}outputEntry")]
    names = [o.get("name") for o in table.iter(f"{NS}output")]
    return dict(zip(names, values, strict=True)) if len(names) > 1 else values[0]
