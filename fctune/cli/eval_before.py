"""What `fctune eval` can refuse before a model is loaded or a server is asked.

Input: what was typed, the cases and the gates. Output: nothing, or the fault that would else be met
once every case was answered.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from fctune.cli.gates import Gates
from fctune.cli.writable import check_file, check_folder
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.cli.eval_asked import Asked
    from fctune.cli.eval_given import Judging
    from fctune.evaluation.cases.case_set import CaseSet
    from fctune.evaluation.comparison.gates import Gate
    from fctune.evaluation.comparison.results import Run
    from fctune.evaluation.outcomes.judge import EvalOutcome


def check_targets(given: SimpleNamespace) -> None:
    """Refuse places that cannot be written, before anything is read.

    Raises:
        UsageFault: a file would be written over one that is read, or there is nothing to resume.
        InputFault: a file or the folder cannot be written.
    """
    check_folder(given.out_dir, "--out")
    if given.junit is not None:
        reads = (given.data, given.tools, given.mapping, given.answers, given.train)
        check_file(given.junit, "--junit", reads)
    if given.resume:
        check_resume(given.out_dir)


def check_before(given: SimpleNamespace, asked: Asked, judging: Judging, gates: Gates) -> None:
    """Refuse what the end of the run would refuse.

    Raises:
        UsageFault: the mode has nothing to judge by, or a gate names no slice of the cases, or no
            figure of that slice, or is of another mode.
        InputFault: the comparators name no parameter of the cases, or the baseline was asked other
            things.
    """
    judging.check(asked.cases)
    if any(gate.part for gate in gates.limits):
        check_slices(gates.limits, asked.cases)
    if gates.baseline is not None:
        check_baseline(gates.baseline, asked.cases, judging, given.out_dir)


def check_resume(folder: Path) -> None:
    """Refuse to resume a run that has ended: all its cases would be asked anew.

    Raises:
        UsageFault: the folder holds results and no journal.
    """
    from fctune.evaluation.local.resume import JOURNAL
    from fctune.evaluation.report.files import RESULTS

    if (folder / RESULTS).is_file() and not (folder / JOURNAL).is_file():
        raise UsageFault(
            f"nothing to resume: {folder} holds finished results",
            hint="leave --resume out to ask again, or give another --out",
        )


def check_slices(gates: tuple[Gate, ...], cases: CaseSet) -> None:
    """Refuse gates on slices that no case is of, and on figures that a slice does not have.

    A tool that is listed and never due has no figure: nothing could be judged.

    Raises:
        UsageFault: a gate names no lesson, tag or due tool of the cases, or no figure of it.
    """
    from fctune.evaluation.comparison.gates import TOOL_METRIC
    from fctune.evaluation.metrics.ratios import BY_LESSON

    tools = {call.name for case in cases.cases for call in case.calls}
    known = {name: [TOOL_METRIC] for name in tools}
    for outcome in _unanswered(cases).values():
        for name in (outcome.lesson, *outcome.tags):
            known[name] = [ratio.name for ratio in BY_LESSON]
    for gate in gates:
        if gate.part and gate.part not in known:
            listed = any(case.catalog.get(gate.part) for case in cases.cases)
            close = _near(gate.part, sorted(known))
            raise UsageFault(
                f"got the tool {gate.part!r}, which no case calls: there is nothing to judge"
                if listed
                else f"got the slice {gate.part!r}, which is no lesson, tag or tool of the cases",
                where=gate.name,
                hint=f"did you mean {', '.join(close)}?" if close else "",
            )
        if gate.part and gate.metric not in known[gate.part]:
            close = _near(gate.metric, known[gate.part]) or known[gate.part][:3]
            raise UsageFault(
                f"got the metric {gate.metric!r}, which {gate.part!r} does not have",
                where=gate.name,
                hint=f"did you mean {', '.join(f'{one}@{gate.part}' for one in close)}?",
            )


def _near(name: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=3, cutoff=0.5)


def check_baseline(baseline: Run, cases: CaseSet, judging: Judging, folder: Path) -> None:
    """Refuse a baseline that the run cannot be compared with.

    Raises:
        UsageFault: it was judged in another mode.
        InputFault: it has no case in common with the run, or was asked other things.
    """
    from fctune.evaluation.comparison.compare import compare
    from fctune.evaluation.comparison.results import Run

    mode = judging.mode.value
    if baseline.mode != mode:
        raise UsageFault(
            f"was judged in mode {baseline.mode}, and this run is to be in mode {mode}",
            where=f"--no-regression {baseline.folder}",
            hint=f"add --mode {baseline.mode}",
        )
    run = Run("this run", folder, _unanswered(cases), baseline.seed, mode)
    compare([baseline, run], allow_subset=True)


def _unanswered(cases: CaseSet) -> dict[str, EvalOutcome]:
    """Return the outcomes of a run without any answer: what is known of the cases alone."""
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.robustness import clean

    return {one.id: one for one in clean(evaluate(cases, ())).outcomes}
