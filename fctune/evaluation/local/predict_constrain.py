"""Constrained decoding in the local backend: masks of allowed tokens, from llguidance.

Input: a template with its tokenizer, and a Constraint. Output: a logits processor for each batch.

A call is begun only where there is room for its shortest form; with less room words go on. Where an
answer runs out of room inside a call, the call is led to its end: strings close, optional parts are
left out. Such an answer keeps the finish reason `length`, since its end is not the model's. Every
finished call is judged again by `check_call`: a grammar cannot say all that a schema can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded, format_of
from fctune.evaluation.grammar.styles import style_of
from fctune.evaluation.local.constrain import (
    INSTALL_HINT,
    Constraint,
    WordTokens,
    grammar_of,
)
from fctune.evaluation.local.predict_constrain_close import Closing
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCatalog

_CONTENT = "{{content}}"
_BITS = 32
_THOUGHT_ENDS = ("</think>", "</thought>", "</thinking>")


@dataclass(frozen=True, slots=True)
class _Known:
    """The grammar of one catalogue, and for each tool the tokens that its shortest call needs."""

    serialised: str
    needs: Mapping[str, int]


class Constrainer:
    """Makes processors for batches, and counts what the grammar could not keep.

    Args:
        template: the engine's template and tokenizer.
        constraint: what an answer may be.
        vocabulary: width of the logits.

    Raises:
        EnvironmentFault: llguidance is not installed, or the tokenizer is none that it can read.
        UsageFault: calls of the template's format cannot be constrained.
    """

    def __init__(self, template: EngineTemplate, constraint: Constraint, vocabulary: int) -> None:
        self.style = style_of(format_of(template.name), prefix=_prefix(template))
        self._constraint = constraint
        self._tokenizer = template.tokenizer
        self._stops = frozenset(template.stop_ids)
        # A tokenizer may have tokens that the model has no logits for, and the other way round.
        self._reader = _reader(template, max(vocabulary, len(template.tokenizer)))
        self._grammars: dict[str, _Known] = {}
        self._notes: dict[str, None] = {}
        self._invalid = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the grammars cannot say, and how many finished calls were invalid for that."""
        counted = f"{self._invalid} finished answers break what the grammar cannot say"
        return (*self._notes, counted) if self._invalid else tuple(self._notes)

    def processor(self, cases: Sequence[EvalCase], width: int, room: int) -> CallProcessor:
        """Return the logits processor of one batch.

        Tools whose shortest call has no room are left out; where a call is required and none has
        room, calls run out of it.

        Args:
            cases: one for each row.
            width: positions of a row before its answer.
            room: most tokens of an answer.
        """
        words = partial(self._matcher, ToolCatalog()) if self._may_speak else None
        rows = []
        for case in cases:
            catalog = self._fitting(case.catalog, room)
            rows.append(Row(self._matcher(catalog), self._known(catalog).needs, words))
        return CallProcessor(rows, width, room, self._reader.vocab_size, self._closing)

    def recheck(self, case: EvalCase, decoded: Decoded, finish_reason: str) -> None:
        """Judge a finished answer again."""
        if finish_reason == "stop" and (
            decoded.malformed or any(check_call(call, case.catalog) for call in decoded.calls)
        ):
            self._invalid += 1

    def foresee(self, cases: Sequence[EvalCase], room: int) -> tuple[str, str] | None:
        """Return what users should know before anything is asked, and what to type; or None.

        Args:
            cases: all that will be asked.
            room: most tokens of an answer.
        """
        tight: dict[str, int] = {}
        met = 0
        for case in cases:
            needs = self._known(case.catalog).needs
            found = {name: tokens for name, tokens in needs.items() if tokens >= room}
            met += bool(found)
            tight |= found
        if not tight:
            return None
        longest = max(tight, key=lambda name: tight[name])
        left = "words or calls of other tools" if self._may_speak else "calls of other tools"
        cut = "" if self._may_speak else ", which are cut off where none has room"
        tools = "1 tool" if len(tight) == 1 else f"{len(tight)} tools"
        return (
            f"answers of {room} tokens have no room for a call of {tools}, and {longest} needs "
            f"about {tight[longest]}: {met} of {len(cases)} cases get {left}{cut}",
            f"add --max-new-tokens {tight[longest] + 1} or more",
        )

    @property
    def _may_speak(self) -> bool:
        return self._constraint.tool_choice == "auto"

    def _fitting(self, catalog: ToolCatalog, room: int) -> ToolCatalog:
        """Return the tools of which a call has room."""
        needs = self._known(catalog).needs
        fitting = tuple(spec for spec in catalog if needs.get(spec.name, 0) < room)
        if len(fitting) == len(catalog) or (not fitting and not self._may_speak):
            return catalog
        return ToolCatalog(fitting)

    def _matcher(self, catalog: ToolCatalog) -> Any:
        from llguidance import LLMatcher

        return LLMatcher(self._reader, self._known(catalog).serialised, log_level=0)

    def _known(self, catalog: ToolCatalog) -> _Known:
        from llguidance import LLMatcher

        key = catalog.json
        if key not in self._grammars:
            grammar = grammar_of(
                catalog, self.style, self._constraint, self._token_ids, self._words
            )
            self._notes.update(dict.fromkeys(grammar.notes))
            needs = {
                name: len(self._tokenizer.encode(text, add_special_tokens=False))
                for name, text in grammar.needs.items()
            }
            self._grammars[key] = _Known(LLMatcher.grammar_from_lark(grammar.lark), needs)
        return self._grammars[key]

    @cached_property
    def _token_ids(self) -> dict[str, int]:
        """The tags of the style that are one token."""
        found = {}
        for tag in self.style.tags:
            ids = self._tokenizer.encode(tag, add_special_tokens=False)
            if len(ids) == 1:
                found[tag] = ids[0]
        return found

    @cached_property
    def _words(self) -> WordTokens:
        """Added tokens that are text here and special to llguidance, such as `<think>`."""
        added = self._tokenizer.added_tokens_decoder
        tags = set(self._token_ids.values())
        found = {
            number: str(token)
            for number, token in sorted(added.items())
            if not token.special and number not in tags and self._reader.is_special_token(number)
        }
        ends = tuple(number for number, text in found.items() if text in _THOUGHT_ENDS)
        return WordTokens(tuple(found), ends)

    @cached_property
    def _closing(self) -> Closing:
        return Closing(self.style, self._tokenizer, self._reader, self._stops)


class Row:
    """How far one answer has come.

    Args:
        matcher: follows its grammar.
        needs: tokens that must be left when a call of a tool is begun or still open.
        words: makes a matcher that allows no call; None where a call is required.
    """

    def __init__(
        self, matcher: Any, needs: Mapping[str, int], words: Callable[[], Any] | None
    ) -> None:
        self.matcher = matcher
        self.needs = needs
        self.reserve = max(needs.values(), default=0)
        self.done = False
        self.hurried = False
        self._words = words

    def begin_no_call(self, said: Sequence[int]) -> None:
        """Allow words alone from now on, unless a call was begun in what was said."""
        words, self._words = self._words, None
        if words is not None:
            matcher = words()
            if matcher.try_consume_tokens(list(said)) == len(said):
                self.matcher, self.reserve = matcher, 0


class CallProcessor:
    """Masks the tokens that a row's grammar does not allow; for one call of generate().

    Attributes:
        rows: one for each row of the batch; those that were led to their end are `hurried`.
    """

    def __init__(
        self, rows: Sequence[Row], width: int, room: int, tokens: int, closing: Closing
    ) -> None:
        self.rows = rows
        self._width, self._room, self._words = width, room, -(-tokens // _BITS)
        self._closing = closing

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return a copy of the scores, shape (rows, vocabulary), -inf where not allowed."""
        import numpy
        import torch

        step = input_ids.shape[1] - self._width
        if step:
            self._consume(input_ids[:, -1].tolist())
        left = self._room - step
        short = {
            number: input_ids[number, self._width :].tolist()
            for number, row in enumerate(self.rows)
            if not row.done and left <= row.reserve
        }
        for number, said in short.items():
            self.rows[number].begin_no_call(said)
        bits = numpy.full((len(self.rows), self._words), -1, dtype=numpy.int32)
        for number, row in enumerate(self.rows):
            if not row.done:
                row.matcher.unsafe_compute_mask_ptr(bits[number].ctypes.data, self._words * 4)
        packed = torch.from_numpy(bits).to(scores.device)
        shifts = torch.arange(_BITS, device=scores.device, dtype=torch.int32)
        allowed = ((packed.unsqueeze(-1) >> shifts) & 1).bool().flatten(1)[:, : scores.shape[1]]
        for number, said in short.items():
            row = self.rows[number]
            if self._closing.needed(said, row.needs) >= left:
                forced = row.matcher.compute_ff_tokens()[:1]
                narrowed = self._closing.narrowed(said, allowed[number], forced)
                row.hurried |= not narrowed[_best(scores[number], allowed[number])]
                allowed[number] = narrowed
        return scores.masked_fill(~allowed, float("-inf"))

    def _consume(self, tokens: Sequence[int]) -> None:
        for row, token in zip(self.rows, tokens, strict=True):
            if row.done:
                continue
            # A grammar that grew too complex ends in an error, and the row goes on without one.
            row.done = token in self._closing.stops or not row.matcher.consume_token(token)


def _best(scores: Any, allowed: Any) -> int:
    """Return the token that would be taken."""
    return int(scores.masked_fill(~allowed, float("-inf")).argmax())


def _prefix(template: EngineTemplate) -> str | None:
    """Return what the engine's template writes before the calls of a turn, or None."""
    slots = getattr(template.template.format_function, "slots", [])
    for slot in slots:
        if isinstance(slot, str) and _CONTENT in slot:
            return slot.partition(_CONTENT)[0].strip("\n") or None
    return None


def _reader(template: EngineTemplate, vocabulary: int) -> Any:
    try:
        import llguidance.hf
    except ImportError as fault:
        raise EnvironmentFault(
            "llguidance is not installed, which constrained decoding needs", hint=INSTALL_HINT
        ) from fault
    try:
        return llguidance.hf.from_tokenizer(
            template.tokenizer, n_vocab=vocabulary, eos_token=template.stop_ids
        )
    except (ValueError, RuntimeError, AttributeError) as fault:
        reason = str(fault).split("\n", 1)[0]
        raise EnvironmentFault(
            f"llguidance cannot read this tokenizer: {reason}", hint="leave --constrain out"
        ) from fault
