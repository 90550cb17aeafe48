"""Constrained decoding in the local backend: masks of allowed tokens, from llguidance.

Input: a template with its tokenizer, and a Constraint. Output: a logits processor for each batch.

Where an answer runs out of room inside a call, the call is led to its end: strings close, optional
parts are left out. Such an answer keeps the finish reason `length`, since its end is not the
model's. Every finished call is judged again by `check_call`: a grammar cannot say all that a schema
can.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded, format_of
from fctune.evaluation.grammar.styles import style_of
from fctune.evaluation.local.constrain import (
    INSTALL_HINT,
    Constraint,
    Grammar,
    WordTokens,
    grammar_of,
)
from fctune.evaluation.local.predict_constrain_close import Closing
from fctune.tools.check import check_call

_CONTENT = "{{content}}"
_BITS = 32
_THOUGHT_ENDS = ("</think>", "</thought>", "</thinking>")


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
        self._grammars: dict[str, tuple[Grammar, str, int]] = {}
        self._notes: dict[str, None] = {}
        self._invalid = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the grammars cannot say, and how many finished calls were invalid for that."""
        counted = f"{self._invalid} finished answers break what the grammar cannot say"
        return (*self._notes, counted) if self._invalid else tuple(self._notes)

    def processor(self, cases: Sequence[EvalCase], width: int, room: int) -> CallProcessor:
        """Return the logits processor of one batch.

        Args:
            cases: one for each row.
            width: positions of a row before its answer.
            room: most tokens of an answer.
        """
        from llguidance import LLMatcher

        rows = []
        for case in cases:
            _, serialised, reserve = self._grammar(case)
            rows.append(Row(LLMatcher(self._reader, serialised, log_level=0), min(reserve, room)))
        return CallProcessor(rows, width, room, self._reader.vocab_size, self._closing)

    def recheck(self, case: EvalCase, decoded: Decoded, finish_reason: str) -> None:
        """Judge a finished answer again."""
        if finish_reason == "stop" and (
            decoded.malformed or any(check_call(call, case.catalog) for call in decoded.calls)
        ):
            self._invalid += 1

    def _grammar(self, case: EvalCase) -> tuple[Grammar, str, int]:
        """Return grammar, its serialised form, and the tokens that the longest call needs."""
        from llguidance import LLMatcher

        key = case.catalog.json
        if key not in self._grammars:
            grammar = grammar_of(
                case.catalog, self.style, self._constraint, self._token_ids, self._words
            )
            self._notes.update(dict.fromkeys(grammar.notes))
            reserve = len(self._tokenizer.encode(grammar.least, add_special_tokens=False))
            serialised = LLMatcher.grammar_from_lark(grammar.lark)
            self._grammars[key] = grammar, serialised, reserve
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
        reserve: tokens that must be left when a call is still open.
    """

    def __init__(self, matcher: Any, reserve: int) -> None:
        self.matcher = matcher
        self.reserve = reserve
        self.done = False
        self.hurried = False


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
        bits = numpy.full((len(self.rows), self._words), -1, dtype=numpy.int32)
        for number, row in enumerate(self.rows):
            if not row.done:
                row.matcher.unsafe_compute_mask_ptr(bits[number].ctypes.data, self._words * 4)
        packed = torch.from_numpy(bits).to(scores.device)
        shifts = torch.arange(_BITS, device=scores.device, dtype=torch.int32)
        allowed = ((packed.unsqueeze(-1) >> shifts) & 1).bool().flatten(1)[:, : scores.shape[1]]
        left = self._room - step
        for number, row in enumerate(self.rows):
            if not row.done and left <= row.reserve:
                said = input_ids[number, self._width :].tolist()
                narrowed = self._closing.narrowed(said, allowed[number])
                if narrowed is not None:
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
