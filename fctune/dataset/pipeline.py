"""The way of an accepted row: steps that change it, audits that judge it, records to write.

Input: the verdict of a reader, or a row that was read quickly. Output: the records that stand for
the row, or Rejected with every reason. Order: what the template can write; redaction; thoughts; the
tool list; windows; prefix rows. Audits look at the conversation before it is cut into parts, and
the switches have the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from fctune.conversations.audits import Audits
from fctune.conversations.families import check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.turns import Conversation
from fctune.dataset.estimates import MARGIN, check_estimate, estimate
from fctune.dataset.lengths import Measure, fit
from fctune.dataset.options import BuildOptions
from fctune.dataset.prefixes import prefixed
from fctune.dataset.record import MAPPED, About, Record, marks_of, record_of
from fctune.dataset.stepped import Step
from fctune.dataset.steps import steps_of
from fctune.dataset.switches import OFF, REJECT
from fctune.dataset.traces import NO_TRACE, trace_hashes
from fctune.issues import Accepted, Issue, Rejected


class _Part(NamedTuple):
    """A conversation that becomes a row, its tokens, and the turns that a window before trains."""

    conversation: Conversation
    tokens: int = 0
    carried: int = 0


class Pipeline:
    """What a build does with each accepted row.

    Args:
        options: of the build.
        measure: tokens of a conversation; None counts none.
    """

    def __init__(self, options: BuildOptions, measure: Measure | None) -> None:
        self._options, self._measure = options, measure
        self.family = family_of(options.template)
        self.write = partial(to_row, joiner=self.family.joiner, thought_words=options.thought_words)
        """Writes a conversation as the row that the engine trains."""
        self._steps: tuple[Step, ...] = steps_of(options)
        self.audits = Audits(
            options.switches.action,
            masked=options.redact.kinds if options.redact else frozenset(),
            addresses="personal-ip" in options.switches.actions,
        )
        parted = options.prefix_rows is not None or measure is not None
        changes = len(self._steps) > (options.thought_words is not None)
        self.plain = not (changes or parted)
        """True where rows without thoughts are written as they are read."""
        self.rejects_long = options.switches.action("row-maybe-too-long") == REJECT
        """True where a row that may be too long, by estimate, is rejected."""
        self._surely_short = round(options.cutoff_len / (1 + MARGIN)) - 1

    def records(
        self, verdict: Accepted[Conversation], *, scope: str | None = None, source: int = 0
    ) -> list[Record] | Rejected:
        """Return the records of a row, one for each of its parts, or why it cannot be used.

        Args:
            verdict: of the reader.
            scope: the trace that the row is of; None where it is of none.
            source: index of the raw file.
        """
        conversation, issues = verdict.value, list(verdict.issues)
        faults = check_family(conversation, self.family)
        if faults:
            return self._rejected(conversation, faults)
        trace = NO_TRACE
        if scope is not None:
            trace = trace_hashes(conversation, scope, source=source)
        stepped = self._stepped(conversation, issues)
        if isinstance(stepped, Issue):
            return self._rejected(conversation, [stepped])
        audited = self.audits.find(stepped)
        issues += audited
        parts = self._parts(stepped, issues)
        if isinstance(parts, Issue):
            return self._rejected(stepped, [parts])
        judged = self._options.switches.apply(issues)
        if judged.rejected:
            why = [found for found in judged.issues if found.code in judged.codes]
            return self._rejected(stepped, why)
        about = About(
            codes=tuple(sorted({found.code for found in judged.issues})),
            mapped=sum(found.code == MAPPED for found in judged.issues),
            trace=trace,
            marks=marks_of([one for one in audited if one in judged.issues]),
            signature=self._signature(stepped),
        )
        return self._written(stepped, parts, about)

    def _stepped(self, conversation: Conversation, issues: list[Issue]) -> Conversation | Issue:
        """Take the steps that make one conversation of one; note what they changed."""
        for step in self._steps:
            made = step(conversation)
            if isinstance(made, Issue):
                return made
            (conversation,) = made.conversations
            issues += made.issues
        return conversation

    def _parts(self, conversation: Conversation, issues: list[Issue]) -> list[_Part] | Issue:
        """Cut a conversation into windows and prefix rows where that is asked for."""
        parts = [_Part(conversation)]
        if self._measure is not None:
            fitted = fit(
                conversation, self._measure, cutoff_len=self._options.cutoff_len,
                policy=self._options.over_long, carry=self._options.carry,
            )  # fmt: skip
            if isinstance(fitted, Issue):
                return fitted
            issues += fitted.issues
            carried = fitted.carried if len(fitted.conversations) > 1 else (0,)
            parts = [
                _Part(*one)
                for one in zip(fitted.conversations, fitted.lengths, carried, strict=True)
            ]
        if self._options.prefix_rows is None:
            return parts
        return [longer for one in parts for longer in self._prefixes(one, issues)]

    def _prefixes(self, one: _Part, issues: list[Issue]) -> Iterable[_Part]:
        each = self._options.prefix_rows
        assert each is not None
        made = prefixed(one.conversation, each=each, context=one.carried)
        issues += made.issues
        if len(made.conversations) == 1:
            return [one]
        tokens = self._measure or (lambda _: 0)
        return [_Part(row, tokens(row)) for row in made.conversations]

    def _written(
        self, conversation: Conversation, parts: Sequence[_Part], about: About
    ) -> list[Record] | Rejected:
        """Return the records of a row's parts, with estimated lengths where none are counted."""
        records = [self._record(one, about) for one in parts]
        if self._measure is not None:
            return records
        estimated = [self.estimated(one.head, one.tools, one.codes) for one in records]
        longest = max((tokens for tokens, _ in estimated), default=0)
        found = check_estimate(longest, self._options.cutoff_len)
        if found is not None and self._options.switches.action(found.code) == REJECT:
            return self._rejected(conversation, [found])
        return [
            record._replace(tokens=tokens, codes=codes)
            for record, (tokens, codes) in zip(records, estimated, strict=True)
        ]

    def estimated(
        self, head: bytes, tools: str, codes: tuple[str, ...]
    ) -> tuple[int, tuple[str, ...]]:
        """Return a row's length by estimate, and its codes with the warning where it is long."""
        tokens = estimate(head, tools)
        if tokens <= self._surely_short:
            return tokens, codes
        found = check_estimate(tokens, self._options.cutoff_len)
        if found is None or self._options.switches.action(found.code) == OFF:
            return tokens, codes
        return tokens, tuple(sorted({*codes, found.code}))

    def _record(self, one: _Part, about: About) -> Record:
        return record_of(one.conversation, about, write=self.write, tokens=one.tokens)

    def _signature(self, conversation: Conversation) -> bytes:
        if self._options.near_dup is None:
            return b""
        calls = [(call.name, call.arguments) for call in conversation.calls]
        return self.signature_of(lambda: conversation.user_texts, calls)

    def signature_of(
        self, texts: Callable[[], Sequence[str]], calls: Iterable[Sequence[Any]]
    ) -> bytes:
        """Return the signature of near duplicates; b"" where they are not looked for."""
        if self._options.near_dup is None:
            return b""
        from fctune.dataset.near_signature import said, signature

        return signature(said(texts(), [(name, arguments) for name, arguments in calls]))

    def _rejected(self, conversation: Conversation, faults: Sequence[Issue]) -> Rejected:
        return Rejected(conversation.origin, tuple(faults), self.write(conversation))
