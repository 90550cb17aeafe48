"""Recorded predictions: scoring what a model said before, without the model.

Input: a JSON Lines file of one of five kinds, told by its keys, and for some the split it answers.
Output: Recording. The kinds:

ours      {"id", "text", "finish_reason", ...}   predictions.jsonl of `fctune eval`, complete alone
engine    {"prompt", "predict", "label"}         generated_predictions.jsonl of the engine, paired
                                                 line by line with the split's final turns
simple    {"prediction", "gold", "tools", ...}   text, or a list of {"name", "arguments"}
answers   {"custom_id", "response"} and more     chat completions of a server, batch output too
bfcl      {"id", "result", ...}                  result files of BFCL, paired with its items by id
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.decode import Decoder
from fctune.evaluation.matching.match import match_calls
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.bfcl import is_result
from fctune.evaluation.replay.model_side import named_like_their_api
from fctune.evaluation.replay.rows import Row, RowReader, bad, text_of
from fctune.jsonl import read_rows, sha256_of
from fctune.tools.mapping.spec import ToolMapping

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
    rows = [Row.of(raw) for raw in read_rows(path)]
    if not rows:
        raise InputFault("holds no predictions", where=str(path))
    reader = RowReader(path, decoder, mapping)
    if rows[0].value.keys() >= _ENGINE_KEYS:
        return _engine(reader, rows, split)
    _once(rows)
    if split is None:
        if is_result(rows[0].value):
            raise _no_tools(path, "the results hold no tools", "with the file of the items")
        cases = [reader.case(row) for row in rows]
        predictions = [
            reader.prediction(row, case.catalog) for row, case in zip(rows, cases, strict=True)
        ]
        return Recording(_case_set(path, cases), tuple(predictions))
    kept = tuple(_paired(reader, rows, split))
    if not kept:
        raise InputFault(
            f"no id of the {len(rows)} predictions is one of the split {split.path}, "
            f"the first is {rows[0].case_id!r}",
            where=str(path),
            hint="give the split that was asked with --data",
        )
    return Recording(split, kept, len(rows) - len(kept))


def _paired(reader: RowReader, rows: Sequence[Row], split: CaseSet) -> Iterator[Prediction]:
    """Yield the predictions of cases of a split."""
    known = {case.id: case for case in split.cases}
    for row in rows:
        case = known.get(row.case_id)
        prediction = reader.prediction(row, case.catalog if case else None)
        if case is not None:
            yield prediction


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
    for row, case in zip(rows, finals, strict=True):
        done = _label_side(reader, row, case)
        said = text_of(row, "predict")
        predictions.append(Prediction(case.id, said, reader.decode(said, done, case.catalog)))
    return Recording(replace(split, cases=tuple(finals)), tuple(predictions))


def _label_side(reader: RowReader, row: Row, case: EvalCase) -> Container[str]:
    """Check that a label is the case's gold answer; tell which calls are the model's already.

    Label and prediction are on one side, that of the split that the engine read.
    """
    text = text_of(row, "label")
    for done in (named_like_their_api(case.catalog, reader.mapping), ()):
        label = reader.decode(text, done, case.catalog)
        if label.malformed or match_calls(case.calls, label.calls, case.catalog).exact:
            return done
    raise InputFault(
        f"the label is not the gold answer of {case.origin}: predictions and split do "
        "not belong together",
        where=str(row.origin),
    )


def _once(rows: Sequence[Row]) -> None:
    """Refuse a second prediction for one case: which of the two counts would be chance."""
    seen: dict[str, Row] = {}
    for row in rows:
        if row.case_id in seen:
            first = seen[row.case_id].origin.line
            found = f"got the id {row.case_id!r} a second time, after line {first}"
            raise bad(row.origin, found, "an id of its own")
        seen[row.case_id] = row


def _case_set(path: Path, cases: Sequence[EvalCase]) -> CaseSet:
    groups = {case.group for case in cases}
    return CaseSet(path, sha256_of(path), tuple(cases), len(cases), len(groups))


def _no_tools(path: Path, what: str, hint: str) -> UsageFault:
    return UsageFault(what, where=str(path), hint=f"add --data {hint}")
