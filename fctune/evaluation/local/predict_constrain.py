"""Constrained decoding in the local backend: masks of allowed tokens, from llguidance.

Input: a template with its tokenizer, and a Constraint. Output: a logits processor for each batch.

A call is begun only where there is room for its shortest form: as room grows short, the tools with
the longest calls go first, and at last only words go on. Where an answer runs out of room inside a
call, the call is led to its end: strings close, optional parts are left out. Such an answer keeps
the finish reason `length`, since its end is not the model's. Every finished call is judged again by
`check_call`: a grammar cannot say all that a schema can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from fctune.dataset.amounts import amount
from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault, UsageFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded, format_of
from fctune.evaluation.grammar.styles import style_of
from fctune.evaluation.local.constrain import (
    INSTALL_HINT,
    Constraint,
    Followed,
    WordTokens,
    grammar_of,
    needs_of,
)
from fctune.evaluation.local.predict_constrain_close import Closing
from fctune.evaluation.local.predict_constrain_rows import CallProcessor, Row
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCatalog

_CONTENT = "{{content}}"
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
        self._followed: dict[str, Followed] = {}
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
        rows = []
        for case in cases:
            shorter = partial(self._shorter, case.catalog) if self._may_speak else None
            rows.append(Row(*self._shorter(case.catalog, room), shorter))
        return CallProcessor(rows, width, room, self._reader.vocab_size, self._closing)

    def recheck(self, case: EvalCase, decoded: Decoded, finish_reason: str) -> None:
        """Judge a finished answer again."""
        if finish_reason == "stop" and (
            decoded.malformed or any(check_call(call, case.catalog) for call in decoded.calls)
        ):
            self._invalid += 1

    def foresee(self, cases: Sequence[EvalCase], room: int) -> tuple[str, str] | None:
        """Return what users should know before anything is asked, and what to type; or None.

        Only the catalogues of tools that seem to have no room get their grammar here.

        Args:
            cases: all that will be asked.
            room: most tokens of an answer.
        """
        tight: dict[str, int] = {}
        met = 0
        lengths: dict[str, int] = {}
        for case in cases:
            if self._longest(case.catalog, lengths) < room:
                continue
            found = {
                name: tokens
                for name, tokens in self._known(case.catalog).needs.items()
                if tokens >= room
            }
            met += bool(found)
            for name, tokens in found.items():  # one name may be tools of several schemas
                tight[name] = max(tokens, tight.get(name, 0))
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

    def refuse(self, cases: Sequence[EvalCase], room: int) -> None:
        """Refuse cases that must call and have room for no call: their answers could only be cut.

        Args:
            cases: all that will be asked.
            room: most tokens of an answer.

        Raises:
            UsageFault: there is one.
        """
        if self._may_speak:
            return
        lengths: dict[str, int] = {}
        long = (one.catalog for one in cases if self._longest(one.catalog, lengths) >= room)
        least = (min(self._known(catalog).needs.values(), default=0) for catalog in long)
        tight = [tokens for tokens in least if tokens >= room]
        if tight:
            of = f"{len(tight)} of {amount(len(cases), 'case')}"
            raise UsageFault(
                f"answers of {amount(room, 'token')} have room for no call in {of}, and "
                "--tool-choice required allows no words",
                hint=f"add --max-new-tokens {max(tight) + 1} or more",
            )

    @property
    def _may_speak(self) -> bool:
        return self._constraint.tool_choice == "auto"

    def _longest(self, catalog: ToolCatalog, lengths: dict[str, int]) -> int:
        """Return the most tokens that the shortest call of a tool needs, if all can be followed."""
        key = catalog.json
        if key not in lengths:
            texts = needs_of(catalog, self.style, self._constraint).values()
            lengths[key] = max(map(self._length, texts), default=0)
        return lengths[key]

    def _length(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _shorter(self, catalog: ToolCatalog, room: int) -> tuple[Any, Mapping[str, int]]:
        """Return a matcher of the tools of which a call has room, and what these need."""
        fitting = self._fitting(catalog, room)
        return self._matcher(fitting), self._known(fitting).needs

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
                catalog,
                self.style,
                self._constraint,
                self._token_ids,
                self._words,
                self._followed,
            )
            self._notes.update(dict.fromkeys(grammar.notes))
            needs = {name: self._length(text) for name, text in grammar.needs.items()}
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
