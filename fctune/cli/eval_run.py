"""The asking of `fctune eval`: progress, the journal of answers, the trace, and times.

Input: a Backend and what is asked. Output: Answered. A run that is broken off leaves its journal in
the folder of the results, and --resume goes on from there. What the journal refuses it refuses
before a model is loaded.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.errors import EnvironmentFault, FctuneError, Interrupted

if TYPE_CHECKING:
    from fctune.cli.eval_asked import Asked
    from fctune.cli.eval_backend import Backend
    from fctune.cli.eval_given import Judging
    from fctune.evaluation.local.resume import Resuming
    from fctune.evaluation.predict import Prediction

# CUDA and its kin, and the allocator of the CPU.
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers of a run.

    Attributes:
        predictions: one for each case.
        described: what decides an answer, for results.json.
        timing: for timing.json.
        close: ends the journal; called once all files are written. Returns what the user should
            know at the end, or "".
        kept: says what is kept, should the run be stopped before `close`; for a `with`.
    """

    predictions: Sequence[Prediction]
    described: dict[str, Any]
    timing: Mapping[str, Any]
    close: Callable[[], str]
    kept: Callable[[], AbstractContextManager[None]]


def answered(
    backend: Backend,
    asked: Asked,
    judging: Judging,
    folder: Path,
    *,
    resume: bool,
    trace: bool,
) -> Answered:
    """Ask all cases.

    Raises:
        InputFault: the journal in the folder is of another run.
        FctuneError: the model cannot be loaded, or the server cannot be asked.
        Interrupted: stopped; the answers so far are kept.
    """
    from fctune.evaluation.local.resume import Resuming

    asking = Resuming(folder, backend.fingerprint(asked.cases.sha256), resume=resume)
    with _kept(asking, asked, folder):
        asking.check_cases(asked.cases.cases)
        started = time.perf_counter()
        with backend.opened() as predictor:
            load_s = time.perf_counter() - started
            started = time.perf_counter()
            predictions, new = _asked(asking, predictor, asked, judging if trace else None)
            wall_s = time.perf_counter() - started
            described = {**backend.described, **predictor.description}
            timing = _timing(backend, new, load_s=load_s, wall_s=wall_s)
            if hasattr(predictor, "timing"):
                timing["requests"] = predictor.timing()
            _tell(predictor)
    out.note(f"{amount(len(new), 'case')} in {wall_s:.1f} s, loading {load_s:.1f} s")
    return Answered(
        predictions,
        described,
        timing,
        lambda: _closed(asking),
        lambda: _kept(asking, asked, folder),
    )


def _closed(asking: Resuming) -> str:
    """End the journal; return what is to be said of cases that have no answer."""
    asking.finish()
    left = asking.unanswered
    if not left:
        return ""
    have = amount(left, "case has", "cases have")
    return f"{have} no answer: the same command with --resume asks only those"


@contextmanager
def _kept(asking: Resuming, asked: Asked, folder: Path) -> Iterator[None]:
    """Say which answers are kept, where the run is broken off by whatever it may be.

    Raises:
        Interrupted: it was stopped, and there are answers.
        EnvironmentFault: there was no memory left.
    """
    cases = asked.cases.cases
    try:
        yield
    except BaseException as fault:
        count = 0 if asking.ended else asking.recorded(cases)
        asking.leave()
        if count and isinstance(fault, KeyboardInterrupt | Exception):
            are = "answer is" if len(cases) == 1 else "answers are"
            kept = f"{count} of {len(cases)} {are} kept in {folder}"
            if isinstance(fault, KeyboardInterrupt):
                who = str(fault) or "the user"
                raise Interrupted(f"stopped by {who}; {kept}", hint=_onward()) from fault
            out.note(f"{kept}; {_onward()}")
        if (lack := _lack_of_memory(fault)) is not None:
            raise lack from fault
        raise


def _lack_of_memory(fault: BaseException) -> EnvironmentFault | None:
    """Return what to tell of a lack of memory, for which torch has no one type; else None."""
    told = str(fault).strip().split("\n", 1)[0]
    lacking = any(words in told.lower() for words in _NO_MEMORY)
    if isinstance(fault, FctuneError) or not (isinstance(fault, MemoryError) or lacking):
        return None
    return EnvironmentFault(
        f"no memory is left: {told or 'MemoryError'}",
        hint="give fewer tokens to a batch: --batch-tokens 2048 (default 8192)",
    )


def _onward() -> str:
    """Return what goes on with the run: the command as it was typed, with --resume."""
    words = sys.argv[1:]
    if words[:1] != ["eval"]:
        return "the same command with --resume goes on"
    more = [] if "--resume" in words else ["--resume"]
    return f"to go on: {shlex.join(['fctune', *words, *more])}"


def _asked(
    asking: Resuming, predictor: Any, asked: Asked, judging: Judging | None
) -> tuple[list[Prediction], list[Prediction]]:
    """Return all predictions, and those that were asked for now."""
    cases = asked.cases.cases
    known = asking.recorded(cases)
    if known:
        out.note(f"{known} of {amount(len(cases), 'case was', 'cases were')} answered before")
    if known < len(cases):
        getattr(predictor, "refuse", _nothing)(cases)
        if foreseen := getattr(predictor, "foresee", _nothing)(cases):
            out.warn(foreseen[0], hint=foreseen[1])
    by_id = {case.id: case for case in cases}
    predictions: list[Prediction] = []
    with out.progress(len(cases) - known, "cases") as bar:
        for number, prediction in enumerate(asking.predict(predictor, cases)):
            predictions.append(prediction)
            if number >= known:
                bar.advance(1)
            if judging is not None:
                _trace(by_id[prediction.case_id], prediction, judging)
    return predictions, predictions[known:]


def _nothing(_: Sequence[Any]) -> None:
    """Foresee and refuse nothing, as a predictor without constraints does."""


def _trace(case: Any, prediction: Prediction, judging: Judging) -> None:
    from fctune.evaluation.report.explain_text import trace_lines

    for line in trace_lines(case, prediction, judging.one(case, prediction)):
        out.note(line)


def _timing(
    backend: Backend, predictions: Sequence[Prediction], *, load_s: float, wall_s: float
) -> dict[str, Any]:
    """Return the seconds of a run, with the conditions under which they were taken."""
    from fctune.evaluation.execution import processing_time

    tokens = sum(prediction.output_tokens for prediction in predictions)
    return {
        "load_s": round(load_s, 3),
        "wall_s": round(wall_s, 3),
        "cases_per_s": round(len(predictions) / wall_s, 3) if wall_s else 0.0,
        "output_tokens_per_s": round(tokens / wall_s, 1) if wall_s else 0.0,
        "processing": processing_time(
            predictions, condition=backend.condition, concurrency=backend.concurrency
        ),
    }


def _tell(predictor: Any) -> None:
    """Tell what was out of the ordinary in the answers."""
    notes = getattr(predictor, "notes", ())
    if isinstance(notes, Mapping):
        for note, count in notes.items():
            out.note(f"{note}: {count}")
    else:
        for note in notes:
            out.note(note)
