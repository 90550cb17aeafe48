"""Distractors: the tools beside the called ones, pruned to a limit or added from a pool.

Input: a conversation, and how many tools its list may hold. Output: the same turns beside a shorter
or longer list. The list teaches the choice: of a long one the tools most easily confused with the
called ones stay, and to a short one they are added first. Called tools stay even where they alone
are over the limit, as do tools that the model names in its words, and no list becomes empty, so
that the lesson of a row does not change. Rows without tools are general chat and stay as they are.

Before: tools [track_order, play_music, cancel_order], call track_order, most 2
After:  tools [track_order, cancel_order], call track_order
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import xxhash

from fctune.conversations.turns import Conversation, ModelTurn
from fctune.dataset.distractor_pool import Addition, Limits, Measure, ToolPool
from fctune.dataset.nearness import concepts_of_texts, concepts_of_tool, nearest_to, shared_words
from fctune.dataset.stepped import Stepped
from fctune.errors import UsageFault
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.size import Sizes, estimated
from fctune.tools.spec import ToolCatalog

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED = 2048
_SHOWN = 5
# A name that no sentence has by chance: `get_weather`, `getWeather`, `weather.get`, `weather2`.
_IDENTIFIER = regex(r"[^\W_][_.-]\w|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Distractors:
    """How many tools a row may list.

    Attributes:
        budget_tokens: the most tokens of a list; None sets no limit.
        most: the most tools of a list; None sets no limit.
        pool: tools to add to shorter lists, up to both limits; None adds none.
        seed: of the choice and the places of added tools.
    """

    budget_tokens: int | None = None
    most: int | None = None
    pool: ToolCatalog | None = None
    seed: int = 42

    def __post_init__(self) -> None:
        """Refuse options without a limit.

        Raises:
            UsageFault: neither limit is given.
        """
        if self.budget_tokens is None and self.most is None:
            raise UsageFault(
                "tools are to be added or pruned without a limit",
                hint="--max-tools 12, or --tool-tokens 2000",
            )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list as the step knows it: its cost, and the names that words can only mean as such."""

    catalog: ToolCatalog
    sizes: Sizes
    named: tuple[str, ...]
    over: bool


@dataclass(frozen=True, slots=True)
class _Made:
    """A list that stands for another one, and the issues that say so; made once for many rows."""

    catalog: ToolCatalog
    issues: tuple[Issue, ...]


class DistractorStep:
    """The step. It remembers the lists that it has made, so each worker has its own.

    What it returns for a conversation depends on the options and on that conversation alone.

    Args:
        options: the limits and the pool.
        measure: tokens of tools: `tools.size.estimated`, or `engine.tool_tokens.counted` bound to a
            template.
    """

    def __init__(self, options: Distractors, measure: Measure = estimated) -> None:
        self._measure, self._seed = measure, options.seed
        self._limits = Limits(options.budget_tokens, options.most)
        pool = options.pool
        filled = pool is not None and len(pool) > 0
        self._pool = ToolPool(pool, measure, options.seed) if pool is not None and filled else None
        self._lists: dict[str, _Listed] = {}
        self._made: dict[tuple[object, ...], _Made] = {}
        self._words: dict[str, tuple[frozenset[str], ...]] = {}

    def __call__(self, conversation: Conversation) -> Stepped:
        """Return the conversation beside the list that it is to be trained with."""
        if not conversation.catalog.specs:
            return Stepped((conversation,))
        listed = self._listed(conversation.catalog)
        if listed.over:
            made = self._pruned(conversation, listed)
        elif self._pool is not None:
            made = self._filled(conversation, listed, self._pool)
        else:
            return Stepped((conversation,))
        if made.catalog is conversation.catalog:
            return Stepped((conversation,), made.issues)
        return Stepped((replace(conversation, catalog=made.catalog),), made.issues)

    def _listed(self, catalog: ToolCatalog) -> _Listed:
        listed = self._lists.get(catalog.fingerprint)
        if listed is None:
            sizes = self._measure(catalog.specs)
            named = tuple(name for name in catalog.names if _IDENTIFIER.search(name))
            over = not self._limits.hold(len(catalog), sizes.total)
            listed = _Listed(catalog, sizes, named, over)
            _remember(self._lists, catalog.fingerprint, listed)
        return listed

    def _pruned(self, conversation: Conversation, listed: _Listed) -> _Made:
        called = frozenset(call.name for call in conversation.calls)
        words = "\n".join(_words_of_the_model(conversation))
        named = frozenset(name for name in listed.named if name in words)
        kept: tuple[int, ...] | None = None
        if called:
            key: tuple[object, ...] = (conversation.catalog.fingerprint, called, named)
        else:
            order = self._by_words(listed.catalog, conversation.user_texts)
            kept = self._kept(listed, named, order)
            key = (conversation.catalog.fingerprint, kept)
        made = self._made.get(key)
        if made is None:
            if kept is None:
                kept = self._kept(listed, called | named, _by_called(listed.catalog, called))
            made = _remember(self._made, key, self._shorter(listed, kept))
        return made

    def _kept(
        self, listed: _Listed, needed: frozenset[str], order: Sequence[int]
    ) -> tuple[int, ...]:
        """Return the places of the tools to keep: the needed ones, then in order those that fit."""
        names, each = listed.catalog.names, listed.sizes.each
        kept = [index for index, name in enumerate(names) if name in needed]
        tokens = listed.sizes.frame + sum(each[index] for index in kept)
        for index in order:
            if names[index] in needed:
                continue
            if not kept or self._limits.hold(len(kept) + 1, tokens + each[index]):
                kept.append(index)
                tokens += each[index]
        return tuple(sorted(kept))

    def _by_words(self, catalog: ToolCatalog, texts: Sequence[str]) -> list[int]:
        """Return the places of tools by words shared with the user, rare ones first; ties by seed.

        Words tell what the user wants of a list that cannot answer, which is why there is no call.
        """
        words = self._words.get(catalog.fingerprint)
        if words is None:
            words = tuple(concepts_of_tool(spec) for spec in catalog)
            _remember(self._words, catalog.fingerprint, words)
        shared = shared_words(words, concepts_of_texts(texts))
        ties = [xxhash.xxh3_64_intdigest(f"{self._seed}:{name}".encode()) for name in catalog.names]
        return sorted(range(len(words)), key=lambda index: (-shared[index], ties[index]))

    def _shorter(self, listed: _Listed, kept: tuple[int, ...]) -> _Made:
        sizes, count = listed.sizes, len(listed.catalog)
        tokens = sizes.frame + sum(sizes.each[index] for index in kept)
        told = f"{len(kept)} of {count} tools, {tokens} of {sizes.total} tokens ({_unit(sizes)})"
        issues: list[Issue] = []
        catalog = listed.catalog
        if len(kept) < count:
            catalog = ToolCatalog(tuple(catalog.specs[index] for index in kept))
            issues.append(issue("tools-pruned", "tools", f"kept {told}"))
        if not self._limits.hold(len(kept), tokens):
            found = f"{told} cannot be left out, the limit is {self._limits}"
            issues.append(issue("tools-over-limit", "tools", found))
        return _Made(catalog, tuple(issues))

    def _filled(self, conversation: Conversation, listed: _Listed, pool: ToolPool) -> _Made:
        asked = pool.asked(conversation)
        key = (conversation.catalog.fingerprint, asked)
        made = self._made.get(key)
        if made is None:
            addition = pool.add(listed.catalog, asked, self._limits, listed.sizes.total)
            made = _remember(self._made, key, _longer(listed, addition))
        return made


def _longer(listed: _Listed, addition: Addition) -> _Made:
    if not addition.names:
        return _Made(listed.catalog, ())
    shown = ", ".join(addition.names[:_SHOWN])
    rest = len(addition.names) - _SHOWN
    more = f" and {rest} more" if rest > 0 else ""
    total = listed.sizes.total + addition.tokens
    found = (
        f"added {len(addition.names)} to {len(listed.catalog)} tools: {shown}{more};"
        f" {total} tokens ({_unit(listed.sizes)})"
    )
    return _Made(addition.catalog, (issue("tools-added", "tools", found),))


def _by_called(catalog: ToolCatalog, called: frozenset[str]) -> list[int]:
    """Return the places of the other tools, the most easily confused with the called ones first."""
    places = [index for index, name in enumerate(catalog.names) if name not in called]
    found = nearest_to(
        [spec for spec in catalog if spec.name in called], [catalog.specs[i] for i in places]
    )
    return [places[near.index] for near in found]


def _words_of_the_model(conversation: Conversation) -> Iterator[str]:
    for turn in conversation.turns:
        if isinstance(turn, ModelTurn):
            yield turn.text
            yield turn.thought


def _unit(sizes: Sizes) -> str:
    return f"counted with {sizes.counted_with}" if sizes.counted_with else "estimate"


def _remember(cache: dict[K, V], key: K, value: V) -> V:
    """Put a value into a cache that starts anew when it is full."""
    if len(cache) >= _REMEMBERED:
        cache.clear()
    cache[key] = value
    return value
