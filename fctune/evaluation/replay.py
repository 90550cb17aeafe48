"""Recorded predictions: scoring what a model said before, without the model.

Input: a JSON Lines file of one of three kinds, told by its keys, and for some the split it answers.
Output: Recording. The kinds:

ours      {"id", "text", "finish_reason", ...}   predictions.jsonl of `fctune eval`, complete alone
engine    {"prompt", "predict", "label"}         generated_predictions.jsonl of the engine, paired
                                                 line by line with the split's final turns
simple    {"prediction", "gold", "tools", ...}   text, or a list of {"name", "arguments"}
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases import CaseSet, EvalCase
from fctune.evaluation.decode import Decoded, Decoder, call_of
from fctune.evaluation.match import match_calls
from fctune.evaluation.model_side import named_like_their_api, on_model_side
from fctune.evaluation.predict import Prediction
from fctune.evaluation.strict_json import json_kind, writable
from fctune.issues import Origin
from fctune.jsonl import RawRow, read_rows, sha256_of
from fctune.tools.mapping.catalogs import to_model_catalog
from fctune.tools.mapping.spec import ToolMapping
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

_FINISH_REASONS = ("stop", "length", "error", "unknown")
_ENGINE_KEYS = {"prompt", "predict", "label"}


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded predictions and the cases they answer.

    Attributes:
        case_set: the cases.
        predictions: each of one of the cases.
        strangers: how many predictions were left out, since their id is of no case.
    """

    case_set: CaseSet
    predictions: tuple[Prediction, ...]
    strangers: int = 0


def read_recording(
    path: Path,
    *,
    decoder: Decoder | None,
    split: CaseSet | None,
    mapping: ToolMapping | None = None,
) -> Recording:
    """Read recorded predictions.

    Args:
        path: the predictions.
        decoder: reads calls out of text; may be None where the file holds calls.
        split: the cases that were asked; None where each row holds its own gold answer and tools.
        mapping: reads calls of an API, said or gold, as the model-facing ones. A said call that
            cannot be mapped is malformed, and its detail says why.

    Raises:
        InputFault: a row cannot be used, or the file and the split do not belong together.
        UsageFault: the file holds text and there is no decoder, or needs a split and has none.
    """
    rows = [_object(raw) for raw in read_rows(path)]
    if not rows:
        raise InputFault("holds no predictions", where=str(path))
    reader = _Reader(path, decoder, mapping)
    if rows[0][1].keys() >= _ENGINE_KEYS:
        return reader.engine(rows, split)
    _once(rows)
    predictions = [reader.prediction(origin, row) for origin, row in rows]
    if split is None:
        cases = [reader.case(origin, row) for origin, row in rows]
        return Recording(_case_set(path, cases), tuple(predictions))
    known = {case.id for case in split.cases}
    kept = tuple(prediction for prediction in predictions if prediction.case_id in known)
    if not kept:
        raise InputFault(
            f"no id of the {len(predictions)} predictions is one of the split {split.path}, "
            f"the first is {predictions[0].case_id!r}",
            where=str(path),
            hint="give the split that was asked with --data",
        )
    return Recording(split, kept, len(predictions) - len(kept))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads rows of one file."""

    path: Path
    decoder: Decoder | None
    mapping: ToolMapping | None = None

    def engine(
        self, rows: Sequence[tuple[Origin, Mapping[str, Any]]], split: CaseSet | None
    ) -> Recording:
        """Pair the engine's lines with the final turns of the split, and check the pairing."""
        if split is None:
            raise UsageFault(
                "the engine's predictions hold no tools",
                where=str(self.path),
                hint="add --data with the split that was predicted",
            )
        finals = list({case.group: case for case in split.cases}.values())
        if len(finals) != len(rows):
            raise InputFault(
                f"got {len(rows)} predictions, expected {len(finals)}, one for each conversation "
                f"of {split.path}",
                where=str(self.path),
            )
        predictions = []
        for (origin, row), case in zip(rows, finals, strict=True):
            done = self._label_side(origin, row, case)
            said = _text(origin, row, "predict")
            predictions.append(Prediction(case.id, said, self._decode(said, done)))
        return Recording(replace(split, cases=tuple(finals)), tuple(predictions))

    def _label_side(self, origin: Origin, row: Mapping[str, Any], case: EvalCase) -> Container[str]:
        """Check that a label is the case's gold answer; tell which calls are the model's already.

        Label and prediction are on one side, that of the split that the engine read.
        """
        text = _text(origin, row, "label")
        for done in (named_like_their_api(case.catalog, self.mapping), ()):
            label = self._decode(text, done)
            if label.malformed or match_calls(case.calls, label.calls, case.catalog).exact:
                return done
        raise InputFault(
            f"the label is not the gold answer of {case.origin}: predictions and split do "
            "not belong together",
            where=str(origin),
        )

    def prediction(self, origin: Origin, row: Mapping[str, Any]) -> Prediction:
        """Return the prediction of a row of ours or of a simple row."""
        finish = row.get("finish_reason", "unknown")
        if finish not in _FINISH_REASONS:
            raise _bad(origin, f"got finish_reason {finish!r}", ", ".join(_FINISH_REASONS))
        said = row["text"] if "text" in row else row.get("prediction")
        if said is None:
            said = row.get("calls")
        fault = row.get("malformed")
        return Prediction(
            case_id=_id(origin, row),
            text=said if isinstance(said, str) and not isinstance(fault, str) else None,
            decoded=Decoded() if finish == "error" else self._said(origin, said, fault),
            finish_reason=finish,
            prompt_tokens=_count(row, "prompt_tokens"),
            output_tokens=_count(row, "output_tokens"),
            error=str(row.get("error", "")),
        )

    def case(self, origin: Origin, row: Mapping[str, Any]) -> EvalCase:
        """Return the case that a row holds: its gold answer and its tools."""
        key = "gold" if "gold" in row else "label"
        if key not in row:
            raise InputFault(
                "has no gold answer",
                where=str(origin),
                hint="add --data with the split that was asked, or a key gold to each row",
            )
        catalog, done = self._tools(row.get("tools") or [])
        calls, text = self._gold(origin, row[key], done)
        case_id = _id(origin, row)
        return EvalCase(
            id=case_id,
            group=str(row.get("group", case_id)),
            lesson=str(row.get("lesson", "call" if calls else "no_call")),
            origin=origin,
            system="",
            tools=catalog.json if catalog.specs else "",
            messages=({"role": "user", "content": str(row.get("question", ""))},),
            calls=calls,
            text=text,
            catalog=catalog,
        )

    def _tools(self, raw: Any) -> tuple[ToolCatalog, frozenset[str]]:
        """Return the model-facing tools of a row, and those that have their API's name."""
        catalog, _ = parse_catalog(raw, "tools")
        if self.mapping is None:
            return catalog, frozenset()
        if not catalog.specs:
            return self.mapping.catalog, frozenset()
        return to_model_catalog(catalog, self.mapping)[0], named_like_their_api(
            catalog, self.mapping
        )

    def _said(self, origin: Origin, said: Any, fault: Any) -> Decoded:
        if isinstance(said, str):
            if isinstance(fault, str):  # calls in a form that nobody could read, written back
                return Decoded(text=said, malformed=True, detail=fault)
            return self._decode(said)
        if not isinstance(said, list | dict):
            raise _bad(origin, f"got prediction {json_kind(said)}", "text or a list of calls")
        return on_model_side(_decoded_calls(said), self.mapping)

    def _gold(
        self, origin: Origin, gold: Any, done: Container[str]
    ) -> tuple[tuple[ToolCall, ...], str]:
        if isinstance(gold, Mapping) and "calls" in gold:  # the form of ours
            decoded = on_model_side(_decoded_calls(gold["calls"]), self.mapping, done)
            decoded = replace(decoded, text=str(gold.get("text", "")))
        elif isinstance(gold, str):
            decoded = self._decode(gold, done)
        else:
            decoded = on_model_side(
                _decoded_calls([] if gold is None else gold), self.mapping, done
            )
        if decoded.malformed:
            raise _bad(origin, f"the gold answer cannot be read: {decoded.detail}", "calls or text")
        return decoded.calls, decoded.text

    def _decode(self, text: str, done: Container[str] = ()) -> Decoded:
        if self.decoder is None:
            raise UsageFault(
                "the predictions are text, and no template says how calls are written",
                where=str(self.path),
                hint="add --template, such as --template qwen",
            )
        decoded = on_model_side(self.decoder(text), self.mapping, done)
        return replace(decoded, text=text) if decoded.malformed else decoded


def _decoded_calls(value: Any) -> Decoded:
    """Return recorded calls; what is no call is malformed, as it would be in text."""
    items = value if isinstance(value, list) else [value]
    try:
        calls = tuple(call_of(item) for item in items)
    except ValueError as fault:
        return Decoded(text=json.dumps(value), malformed=True, detail=str(fault))
    if not writable([[call.name, call.arguments] for call in calls]):
        return Decoded(text=json.dumps(value), malformed=True, detail="nested too deep")
    return Decoded(calls)


def _object(raw: RawRow) -> tuple[Origin, Mapping[str, Any]]:
    if raw.issue is not None:
        raise InputFault(raw.issue.message, where=str(raw.origin), hint=raw.issue.hint)
    if not isinstance(raw.value, dict):
        raise _bad(raw.origin, f"got a JSON {json_kind(raw.value)}", "an object")
    return raw.origin, raw.value


def _once(rows: Sequence[tuple[Origin, Mapping[str, Any]]]) -> None:
    """Refuse a second prediction for one case: which of the two counts would be chance."""
    seen: set[str] = set()
    for origin, row in rows:
        case_id = _id(origin, row)
        if case_id in seen:
            raise _bad(origin, f"got the id {case_id!r} a second time", "an id of its own")
        seen.add(case_id)


def _case_set(path: Path, cases: Sequence[EvalCase]) -> CaseSet:
    groups = {case.group for case in cases}
    return CaseSet(path, sha256_of(path), tuple(cases), len(cases), len(groups))


def _id(origin: Origin, row: Mapping[str, Any]) -> str:
    return str(row.get("id", f"line {origin.line}"))


def _text(origin: Origin, row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise _bad(origin, f"got {key} {json_kind(value)}", "text")
    return value


def _count(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key, 0)
    return value if isinstance(value, int) else 0


def _bad(origin: Origin, got: str, expected: str) -> InputFault:
    return InputFault(f"{got}, expected {expected}", where=str(origin))
