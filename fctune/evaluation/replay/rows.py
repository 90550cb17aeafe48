"""Rows of a recording: what was said.

Input: a JSON object with its place. Output: Prediction. A row that cannot be used is
a fault with its line; a call that cannot be read is malformed, as it would be in text, and so is
what is neither text nor calls. Where null was said, there is no answer.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.bfcl.rows import id_text
from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.cases.no_cases import hint_for
from fctune.evaluation.decode import Decoded, Decoder, call_of
from fctune.evaluation.endpoint.answer import clean
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.answers import answered, is_answer
from fctune.evaluation.replay.bfcl import is_result, said_in_result
from fctune.evaluation.replay.model_side import on_model_side
from fctune.evaluation.replay.odd import as_text, read_said, recordable
from fctune.evaluation.replay.shapes import plain_calls, words_alone
from fctune.evaluation.strict_json import json_kind
from fctune.issues import Origin
from fctune.jsonl import RawRow
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping

_FINISH_REASONS = ("stop", "length", "error", "unknown")
_ID_KEYS = ("custom_id", "case_id", "id")
_PLAIN_KEYS = frozenset(("text", "prediction", "calls"))
SAID_KEYS = _PLAIN_KEYS | {"predict", "result", "response", "choices"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place, its content, and the id of the case that it answers."""

    origin: Origin
    value: Mapping[str, Any]
    case_id: str

    @classmethod
    def of(cls, raw: RawRow) -> Row:
        """Take a row of a file.

        Raises:
            InputFault: it is no JSON object, or is no strict JSON beside what was said.
        """
        value = raw.value
        if raw.issue is not None:
            value = read_said(raw, SAID_KEYS)
            if value is None:
                hint = hint_for(raw.origin, raw.issue)
                raise InputFault(raw.issue.message, where=str(raw.origin), hint=hint)
            said = {key: clean(one) for key, one in value.items() if isinstance(one, str)}
            value = {**value, **said}
        if not isinstance(value, dict):
            raise InputFault(
                f"got a JSON {json_kind(value)}, expected an object",
                where=str(raw.origin),
                hint="write what was said as rows of {prediction, gold, tools}",
            )
        ids = (id_text(value.get(key)) for key in _ID_KEYS)
        return cls(raw.origin, value, next(filter(None, ids), f"line:{raw.origin.line}"))


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one file.

    Attributes:
        path: the file.
        decoder: reads calls out of text; None where there is none.
        mapping: writes calls of an API as the model-facing ones.
        tools: tools of rows that bring none; default: those of the mapping.
    """

    path: Path
    decoder: Decoder | None
    mapping: ToolMapping | None = None
    tools: ToolCatalog | None = None

    @property
    def given_tools(self) -> ToolCatalog:
        """The tools of rows that bring none."""
        if self.tools is not None:
            return self.tools
        return self.mapping.catalog if self.mapping is not None else ToolCatalog()

    def prediction(self, row: Row, catalog: ToolCatalog | None = None) -> Prediction:
        """Return what a row says.

        Args:
            row: of ours, simple, an answer of a server, or a result of BFCL.
            catalog: the tools of the case; types the values of formats without quotes.

        Raises:
            InputFault: the row does not tell what was said, or how it ended.
        """
        if is_answer(row.value):
            found = answered(row.value, row.case_id, catalog or ToolCatalog(), self.decoder)
        elif is_result(row.value):
            found = said_in_result(row.value, row.case_id, catalog or ToolCatalog(), self.decoder)
        else:
            return self._plain(row, catalog)
        return replace(found, decoded=on_model_side(found.decoded, self.mapping))

    def _plain(self, row: Row, catalog: ToolCatalog | None) -> Prediction:
        value, origin = row.value, row.origin
        finish = value.get("finish_reason", "unknown")
        if finish not in _FINISH_REASONS:
            raise bad(origin, f"got finish_reason {finish!r}", ", ".join(_FINISH_REASONS))
        said = value["text"] if "text" in value else value.get("prediction")
        if said is None:
            said = value.get("calls")
        error = str(value.get("error", ""))
        if said is None and finish != "error":
            if not _PLAIN_KEYS & value.keys():
                raise bad(origin, "got no prediction", "text or a list of calls")
            finish, error = "error", "no answer recorded"
        in_words = isinstance(said, str) and not isinstance(value.get("malformed"), str)
        return Prediction(
            case_id=row.case_id,
            text=said if in_words else None,
            decoded=Decoded() if finish == "error" else self._said(row, said, catalog),
            finish_reason=finish,
            prompt_tokens=_count(value, "prompt_tokens"),
            output_tokens=_count(value, "output_tokens"),
            error=error,
        )

    def decode(
        self, text: str, done: Container[str] = (), catalog: ToolCatalog | None = None
    ) -> Decoded:
        """Read a text, its calls on the model's side.

        Raises:
            UsageFault: there is no decoder.
        """
        if self.decoder is None:
            raise UsageFault(
                "the predictions are text, and no template says how calls are written",
                where=str(self.path),
                hint="add --template, such as --template qwen",
            )
        decoded = on_model_side(self.decoder(text, catalog), self.mapping, done)
        return replace(decoded, text=text) if decoded.malformed else decoded

    def message(
        self, text: str, done: Container[str] = (), catalog: ToolCatalog | None = None
    ) -> Decoded:
        """Read the text of a chat message; without a decoder it is words."""
        known = self.decoder is not None
        return self.decode(text, done, catalog) if known else Decoded(text=text)

    def _said(self, row: Row, said: Any, catalog: ToolCatalog | None) -> Decoded:
        value, fault = row.value, row.value.get("malformed")
        if isinstance(said, str):
            if isinstance(fault, str):  # calls in a form that nobody could read, written back
                return _unread(said, fault, value)
            if self.decoder is None and _was_read(value):
                return self._as_read(said, value)
            return self.decode(said, catalog=catalog)
        if (words := words_alone(said)) is not None:
            return self.message(words, catalog=catalog)
        if not isinstance(said, list | dict):
            detail = f"got prediction {json_kind(said)}, expected text or a list of calls"
            return Decoded(text=as_text(said), malformed=True, detail=detail)
        said, beside = plain_calls(said)
        decoded = on_model_side(decoded_calls(said), self.mapping)
        words = value.get("words", beside)
        if isinstance(words, str) and not decoded.malformed:
            return replace(decoded, text=words)
        return decoded

    def _as_read(self, said: str, value: Mapping[str, Any]) -> Decoded:
        """Return a text as it was read before: runs against a server may have no template."""
        if not value["calls"] and value["decision"].get("decided") == Decision.CALL.value:
            return Decoded(text=said, malformed=True, detail=str(value.get("reason", "")))
        decoded = on_model_side(decoded_calls(value["calls"]), self.mapping)
        return decoded if decoded.malformed else replace(decoded, text=value["words"])


def _was_read(row: Mapping[str, Any]) -> bool:
    """Tell whether a row of predictions.jsonl says what was read out of its text."""
    read = isinstance(row.get("calls"), list) and isinstance(row.get("words"), str)
    return read and isinstance(row.get("decision"), Mapping)


def _unread(said: str, fault: str, value: Mapping[str, Any]) -> Decoded:
    """Return calls that could not be read strictly, with what a lenient reader has read."""
    repaired = value.get("repaired")
    lenient = decoded_calls(repaired) if isinstance(repaired, list) else None
    if lenient is None or lenient.malformed:
        return Decoded(text=said, malformed=True, detail=fault)
    written = value.get("repairs")
    repairs = tuple(map(str, written)) if isinstance(written, list) else ()
    return Decoded((), said, True, fault, repaired=lenient.calls, repairs=repairs)


def decoded_calls(value: Any) -> Decoded:
    """Return recorded calls; what is no call is malformed, as it would be in text."""
    items: Sequence[Any] = value if isinstance(value, list) else [value]
    try:
        calls = tuple(call_of(item) for item in items)
    except ValueError as fault:
        return Decoded(text=as_text(value), malformed=True, detail=str(fault))
    if not recordable([[call.name, call.arguments] for call in calls]):
        detail = "the calls are no strict JSON, or nested too deep"
        return Decoded(text=as_text(value), malformed=True, detail=detail)
    return Decoded(calls)


def text_of(row: Row, key: str) -> str:
    """Return a text of a row.

    Raises:
        InputFault: there is none.
    """
    value = row.value.get(key)
    if not isinstance(value, str):
        raise bad(row.origin, f"got {key} {json_kind(value)}", "text")
    return value


def _count(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key, 0)
    return value if isinstance(value, int) else 0


def bad(origin: Origin, got: str, expected: str) -> InputFault:
    """Return the fault of a row."""
    return InputFault(f"{got}, expected {expected}", where=str(origin))
