"""Recorded predictions: scoring what a model said before, without the model.

Input: a JSON Lines file of one of five kinds, told by its keys, and for some the split it answers.
Output: Recording. The kinds:

ours      {"id", "text", "finish_reason", ...}   predictions.jsonl of `fctune eval`, complete alone
engine    {"prompt", "predict", "label"}         generated_predictions.jsonl of the engine, paired
                                                 line by line with the split's final turns
simple    {"prediction", "gold", "tools", ...}   text, or a list of {"name", "arguments"}
answers   {"custom_id", "response"} and more     chat completions of a server, batch output too
bfcl      {"id", "result", ...}                  result files of BFCL, paired with its items by id

A row that cannot be used is rejected and counted, and ends the run only where no row can be used,
or where the lines are paired by their place.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.decode import Decoder
from fctune.evaluation.matching.match import match_calls
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.bfcl import is_result
from fctune.evaluation.replay.label import proves, same_words
from fctune.evaluation.replay.model_side import named_like_their_api
from fctune.evaluation.replay.no_predictions import no_predictions, unasked
from fctune.evaluation.replay.row_case import BadTools, case_of
from fctune.evaluation.replay.rows import Row, RowReader, bad, text_of
from fctune.issues import Origin, Rejected, issue
from fctune.jsonl import read_rows, sha256_of
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping

_ENGINE_KEYS = {"prompt", "predict", "label"}


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded predictions and the cases they answer.

    Attributes:
        case_set: the cases.
        predictions: each of one of the cases.
        strangers: how many predictions were left out, since their id is of no case.
        rejected: rows that cannot be used; the account of the cases has them too, unless a split
            was given.
    """

    case_set: CaseSet
    predictions: tuple[Prediction, ...]
    strangers: int = 0
    rejected: tuple[Rejected, ...] = ()


@dataclass(slots=True)
class _Refused:
    """Rows that cannot be used, and the fault of the first."""

    rows: list[Rejected] = field(default_factory=list)
    first: InputFault | None = None

    def add(self, origin: Origin, code: str, fault: InputFault, raw: Any) -> None:
        self.rows.append(Rejected(origin, (issue(code, "", fault.message),), raw))
        self.first = self.first or fault


def read_recording(
    path: Path,
    *,
    decoder: Decoder | None,
    split: CaseSet | None,
    mapping: ToolMapping | None = None,
    tools: ToolCatalog | None = None,
) -> Recording:
    """Read recorded predictions.

    Args:
        path: the predictions.
        decoder: reads calls out of text; may be None where the file holds calls.
        split: the cases that were asked; None where each row holds its own gold answer and tools.
        mapping: reads calls of an API, said or gold, as the model-facing ones. A said call that
            cannot be mapped is malformed, and its detail says why.
        tools: tools of rows that bring none; a split has its own.

    Raises:
        InputFault: no row can be used, two are of one case, or the file and the split do not
            belong together.
        UsageFault: the file holds text and there is no decoder, or needs a split and has none.
    """
    refused = _Refused()
    rows = list(_rows(path, refused))
    if not rows:
        raise refused.first or no_predictions(path)
    reader = RowReader(path, decoder, mapping, tools)
    if rows[0].value.keys() >= _ENGINE_KEYS:
        if refused.first is not None:
            raise refused.first
        return _engine(reader, rows, split)
    if fault := unasked(path, rows):
        raise fault
    _once(rows)
    if split is None:
        if is_result(rows[0].value):
            raise _no_tools(path, "the results hold no tools", "with the file of the items")
        return _alone(reader, rows, refused)
    known = {case.id: case for case in split.cases}
    said = _said(reader, [(row, known.get(row.case_id)) for row in rows])
    kept = tuple(prediction for prediction in said if prediction.case_id in known)
    if not kept:
        raise InputFault(
            f"no id of the {len(rows)} predictions is one of the split {split.path}, "
            f"the first is {rows[0].case_id!r}",
            where=str(path),
            hint="give the split that was asked with --data",
        )
    return Recording(split, kept, len(rows) - len(kept), tuple(refused.rows))


def _rows(path: Path, refused: _Refused) -> Iterator[Row]:
    """Yield the rows that can be read."""
    for raw in read_rows(path):
        try:
            yield Row.of(raw)
        except InputFault as fault:
            code = "json-not-object" if raw.issue is None else raw.issue.code
            refused.add(raw.origin, code, fault, raw.text)


def _alone(reader: RowReader, rows: Sequence[Row], refused: _Refused) -> Recording:
    """Read rows that bring their own gold answers and tools."""
    asked: list[tuple[Row, EvalCase]] = []
    for row in rows:
        try:
            asked.append((row, case_of(reader, row)))
        except BadTools as bad:
            refused.add(row.origin, bad.code, bad.fault, row.value)
        except InputFault as fault:
            refused.add(row.origin, _code_of(row), fault, row.value)
    if not asked and refused.first is not None:
        raise refused.first
    cases = tuple(case for _, case in asked)
    rejected = tuple(refused.rows)
    rows_read = len(cases) + len(rejected)
    case_set = CaseSet(reader.path, sha256_of(reader.path), cases, rows_read, len(cases), rejected)
    return Recording(case_set, _said(reader, asked), rejected=rejected)


def _code_of(row: Row) -> str:
    return "call-shape" if {"gold", "label"} & row.value.keys() else "row-without-answer"


def _said(
    reader: RowReader, asked: Sequence[tuple[Row, EvalCase | None]]
) -> tuple[Prediction, ...]:
    """Return what the rows say; one that does not tell has no answer, with the reason.

    Raises:
        InputFault: none tells.
    """
    found: list[Prediction] = []
    faults: list[InputFault] = []
    for row, case in asked:
        try:
            found.append(reader.prediction(row, case.catalog if case else None))
        except InputFault as fault:
            faults.append(fault)
            found.append(Prediction(row.case_id, None, finish_reason="error", error=fault.message))
    if len(faults) == len(asked):
        raise faults[0]
    return tuple(found)


def _engine(reader: RowReader, rows: Sequence[Row], split: CaseSet | None) -> Recording:
    """Pair the engine's lines with the final turns of the split, and check the pairing."""
    if split is None:
        what = "the engine's predictions hold no tools"
        raise _no_tools(reader.path, what, "with the split that was predicted")
    finals = list({case.group: case for case in split.cases}.values())
    if len(finals) != len(rows):
        raise InputFault(
            f"got {len(rows)} predictions, expected {len(finals)}, one for each conversation "
            f"of {split.path}",
            where=str(reader.path),
        )
    predictions = []
    proven = False
    for row, case in zip(rows, finals, strict=True):
        done, told = _label_side(reader, row, case)
        proven |= told
        said = text_of(row, "predict")
        predictions.append(Prediction(case.id, said, reader.decode(said, done, case.catalog)))
    if not proven:
        raise InputFault(
            "no label holds a word or a call of the gold answer: whether these predictions are of "
            f"{split.path} cannot be told",
            where=str(reader.path),
            hint="predict again with a greater cutoff_len, so that labels are not cut to nothing",
        )
    return Recording(replace(split, cases=tuple(finals)), tuple(predictions))


def _label_side(reader: RowReader, row: Row, case: EvalCase) -> tuple[Container[str], bool]:
    """Check that a label is the case's gold answer.

    Returns:
        Which calls are the model's already, and whether the label proves anything: an empty one
        is the start of any answer.

    Label and prediction are on one side, that of the split that the engine read.
    """
    text = text_of(row, "label")
    for done in (named_like_their_api(case.catalog, reader.mapping), ()):
        label = reader.decode(text, done, case.catalog)
        same = match_calls(case.calls, label.calls, case.catalog).exact
        if label.malformed or (same and (case.calls or same_words(case.text, label.text))):
            return done, bool(case.calls) or proves(case.text, label.text)
    raise InputFault(
        f"the label is not the gold answer of {case.origin}: predictions and split do "
        f"not belong together, got {text[:60]!r}, expected {_gold_shown(case)[:60]!r}",
        where=str(row.origin),
        hint="give the split that the engine predicted with --data, its rows in the same order",
    )


def _gold_shown(case: EvalCase) -> str:
    return ", ".join(f"a call of {call.name}" for call in case.calls) or case.text


def _once(rows: Sequence[Row]) -> None:
    """Refuse a second prediction for one case: which of the two counts would be chance."""
    seen: dict[str, Row] = {}
    for row in rows:
        if row.case_id in seen:
            first = seen[row.case_id].origin.line
            found = f"got the id {row.case_id!r} a second time, after line {first}"
            raise bad(row.origin, found, "an id of its own")
        seen[row.case_id] = row


def _no_tools(path: Path, what: str, hint: str) -> UsageFault:
    return UsageFault(what, where=str(path), hint=f"add --data {hint}")
