"""A small recogniser of GBNF, character by character, for the tests of exported grammars."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])'
    r"|(?P<name>[a-zA-Z][a-zA-Z0-9-]*)|(?P<times>\{\d+(?:,\d*)?\}|[*+?])|(?P<sign>[()|]))"
)


def grammar_takes(grammar: str, text: str) -> bool:
    """Tell whether a text is one of the grammar, from end to end."""
    rules = {}
    for line in grammar.splitlines():
        name, _, body = line.partition(" ::= ")
        tokens = [(found.lastgroup, found[0].strip()) for found in _TOKEN.finditer(body)]
        rules[name] = _choice(tokens)
        assert not tokens, line
    return len(text) in _Matcher(rules, text).ends(rules["root"], 0)


def _choice(tokens: list[Any]) -> Any:
    options = [_sequence(tokens)]
    while tokens and tokens[0][1] == "|":
        tokens.pop(0)
        options.append(_sequence(tokens))
    return ("choice", tuple(options))


def _sequence(tokens: list[Any]) -> Any:
    parts: list[Any] = []
    while tokens and tokens[0][1] not in ("|", ")"):
        kind, word = tokens.pop(0)
        if kind == "times":
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(word) or _span(word)
            parts[-1] = ("times", parts[-1], low, high)
        elif word == "(":
            parts.append(_choice(tokens))
            tokens.pop(0)
        elif kind == "text":
            parts.append(
                ("text", re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), word[1:-1]))
            )
        else:
            parts.append((kind, word))
    return ("sequence", tuple(parts))


def _span(word: str) -> tuple[int, int | None]:
    low, comma, high = word[1:-1].partition(",")
    return int(low), (int(high) if high else None) if comma else int(low)


class _Matcher:
    def __init__(self, rules: dict[str, Any], text: str) -> None:
        self.rules, self.text = rules, text
        self.known: dict[tuple[str, int], set[int]] = {}

    def ends(self, node: Any, start: int) -> set[int]:
        kind = node[0]
        if kind == "text":
            return {start + len(node[1])} if self.text.startswith(node[1], start) else set()
        if kind == "set":
            return {start + 1} if re.compile(node[1]).match(self.text, start) else set()
        if kind == "name":
            key = (node[1], start)
            if key not in self.known:
                self.known[key] = self.ends(self.rules[node[1]], start)
            return self.known[key]
        if kind == "choice":
            return set().union(*(self.ends(one, start) for one in node[1]))
        if kind == "sequence":
            found = {start}
            for part in node[1]:
                found = set().union(*(self.ends(part, at) for at in found))
            return found
        _, inner, low, high = node
        found, fresh, count = ({start} if low == 0 else set()), {start}, 0
        while fresh and (high is None or count < high):
            count += 1
            fresh = set().union(*(self.ends(inner, at) for at in fresh)) - (
                found if count > low else set()
            )
            if count >= low:
                found |= fresh
        return found
