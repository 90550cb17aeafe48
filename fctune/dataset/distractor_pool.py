"""The pool of tools that are added to short lists, and which of them a row can take.

Input: a conversation and the limits. Output: an Addition. Half of the added tools are those most
easily confused with the called ones, half are drawn by seed, and their places in the list too. The
original tools keep their order.

What is not added, so that no label becomes wrong:

- a tool whose name the list has already;
- a tool that does the same deed to the same thing as a called one: it would answer as well;
- where the user gets words and no call (a whole row, or an exchange of it): a tool that shares a
  word or a synonym with that exchange, and one told in another language than the user's, of which
  words show nothing. The limit of this rule: words are all that is compared, so that a tool which
  answers in other words altogether may slip in.

Before: tools [track_order], call track_order, most 3
After:  tools [play_music, track_order, cancel_order]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

import xxhash

from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, Turn
from fctune.dataset.nearness import (
    Near,
    concepts_of_texts,
    concepts_of_tool,
    is_chinese,
    nearest_to,
)
from fctune.dataset.parts import exchanges
from fctune.tools.size import Sizes
from fctune.tools.spec import ToolCatalog, ToolSpec

# Rows with the same tools and calls get one of so many longer lists, by seed and id: rows differ,
# and yet a list is made, checked and stored once for thousands of rows.
VARIANTS = 32
_REMEMBERED = 4096

Measure = Callable[[Sequence[ToolSpec]], Sizes]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most tokens and tools of a list; None is no limit."""

    tokens: int | None
    tools: int | None

    def hold(self, tools: int, tokens: int) -> bool:
        """Tell whether a list is within the limits."""
        return (self.tools is None or tools <= self.tools) and (
            self.tokens is None or tokens <= self.tokens
        )

    def __str__(self) -> str:
        """Return the limits in words.

        >>> str(Limits(2000, 20)), str(Limits(None, 8))
        ('20 tools, 2000 tokens', '8 tools')
        """
        parts = [f"{self.tools} tools"] if self.tools is not None else []
        return ", ".join(parts + ([f"{self.tokens} tokens"] if self.tokens is not None else []))


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a conversation decides which tools it can take; rows that are alike in it share them.

    Attributes:
        called: names of the called tools.
        variant: which of the lists for such rows, from 0.
        barred: places in the pool that share a word with an exchange that calls nothing.
        chinese: whether the user writes Chinese; None where every exchange calls.
    """

    called: frozenset[str]
    variant: int
    barred: frozenset[int] = frozenset()
    chinese: bool | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """The longer list, the names that were added, and what they cost."""

    catalog: ToolCatalog
    names: tuple[str, ...]
    tokens: int


class ToolPool:
    """Tools to add, with their words and costs.

    Args:
        catalog: the tools.
        measure: tokens of tools.
        seed: of choice and places.
    """

    def __init__(self, catalog: ToolCatalog, measure: Measure, seed: int) -> None:
        self._catalog, self._seed = catalog, seed
        self._tokens = measure(catalog.specs).each
        self._chinese = tuple(is_chinese(f"{spec.name} {spec.description}") for spec in catalog)
        self._places: dict[str, set[int]] = {}
        for index, spec in enumerate(catalog):
            for word in concepts_of_tool(spec):
                self._places.setdefault(word, set()).add(index)
        self._nearest: dict[tuple[object, frozenset[str]], tuple[Near, ...]] = {}
        self._orders: dict[int, list[int]] = {}

    def asked(self, conversation: Conversation) -> Asked:
        """Return what of a conversation decides which tools it can take."""
        called = frozenset(call.name for call in conversation.calls)
        variant = _hash(f"{self._seed}:{conversation.id}") % VARIANTS
        texts = tuple(_texts_without_call(conversation.turns))
        if not texts:
            return Asked(called, variant)
        places = self._places
        words = concepts_of_texts(texts)
        barred = frozenset(index for word in words & places.keys() for index in places[word])
        return Asked(called, variant, barred, is_chinese(" ".join(conversation.user_texts)))

    def add(self, catalog: ToolCatalog, asked: Asked, limits: Limits, tokens: int) -> Addition:
        """Return the longest list within the limits that the rules allow.

        Args:
            catalog: the tools of the row.
            asked: of the row.
            limits: of the list.
            tokens: what the tools of the row cost.
        """
        if not limits.hold(len(catalog) + 1, tokens):
            return Addition(catalog, (), 0)
        added: list[int] = []
        spent = 0
        for index in self._order(catalog, asked):
            if limits.tools is not None and len(catalog) + len(added) >= limits.tools:
                break
            cost = self._tokens[index]
            if limits.hold(len(catalog) + len(added) + 1, tokens + spent + cost):
                added.append(index)
                spent += cost
        names = tuple(self._catalog.specs[index].name for index in added)
        longer: list[ToolSpec] = list(catalog.specs)
        for index, name in zip(added, names, strict=True):
            place = _hash(f"{self._seed}:{asked.variant}:{name}") % (len(longer) + 1)
            longer.insert(place, self._catalog.specs[index])
        return Addition(ToolCatalog(tuple(longer)) if added else catalog, names, spent)

    def _order(self, catalog: ToolCatalog, asked: Asked) -> Iterator[int]:
        """Yield the places that the row can take: a near one, a drawn one, and so on."""
        nearest = self._near(catalog, asked.called)
        barred = asked.barred.union(near.index for near in nearest if near.twin)
        seen: set[int] = set()

        def lawful(index: int) -> bool:
            new = index not in barred and index not in seen
            if not new or asked.chinese not in (None, self._chinese[index]):
                return False
            seen.add(index)
            return catalog.get(self._catalog.specs[index].name) is None

        near = filter(lawful, (each.index for each in nearest if each.score))
        drawn = filter(lawful, self._drawn(asked.variant))
        while True:
            pair = [*islice(near, 1), *islice(drawn, 1)]
            if not pair:
                return
            yield from pair

    def _drawn(self, variant: int) -> Sequence[int]:
        """Return the pool's places in the order of one variant."""
        order = self._orders.get(variant)
        if order is None:
            order = list(range(len(self._catalog)))
            Random(_hash(f"{self._seed}:{variant}")).shuffle(order)
            self._orders[variant] = order
        return order

    def _near(self, catalog: ToolCatalog, called: frozenset[str]) -> tuple[Near, ...]:
        """Return the pool's tools by how easily they are confused with the called ones."""
        if not called:
            return ()
        seen = (catalog.fingerprint, called)
        found = self._nearest.get(seen)
        if found is None:
            specs = [spec for spec in catalog if spec.name in called]
            key = tuple(sorted(spec.fingerprint for spec in specs)), called
            found = self._nearest.get(key)  # of another list that has the same tools
            if found is None:
                found = self._scored(specs, called)
            if len(self._nearest) >= _REMEMBERED:
                self._nearest.clear()
            self._nearest[seen] = self._nearest[key] = found
        return found

    def _scored(self, specs: Sequence[ToolSpec], called: frozenset[str]) -> tuple[Near, ...]:
        others = [(i, spec) for i, spec in enumerate(self._catalog) if spec.name not in called]
        near = nearest_to(specs, [spec for _, spec in others])
        return tuple(Near(others[each.index][0], each.score, each.twin) for each in near)


def _texts_without_call(turns: Sequence[Turn]) -> Iterator[str]:
    """Yield what user and model say in the exchanges in which the model calls nothing."""
    for exchange in exchanges(turns):
        if not any(isinstance(turn, ModelTurn) and turn.calls for turn in exchange):
            yield from (turn.text for turn in exchange if not isinstance(turn, ResultTurn))


def _hash(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode())
