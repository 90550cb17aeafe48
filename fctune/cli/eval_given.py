"""What was typed after `fctune eval`, as the parts of a run: backend, cases and judge.

Input: what was given, by the names of the parameters. Output: Backend, Asked and Judging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.cli.eval_asked import Asked
    from fctune.cli.eval_backend import Backend, ClusterWords
    from fctune.evaluation.cases.case_set import CaseSet, EvalCase
    from fctune.evaluation.evaluate import Evaluation
    from fctune.evaluation.local.constrain import Constraint
    from fctune.evaluation.matching.modes import Mode
    from fctune.evaluation.outcomes.judge import EvalOutcome
    from fctune.evaluation.predict import Prediction
    from fctune.evaluation.semantic.comparators import Comparators

# Options that one backend alone looks at, with the values that stand for "not given".
_OF_A_SERVER = {
    "model": None, "concurrency": 8, "timeout": 120.0, "retries": 4, "stream": False,
    "request": None, "server": "openai",
}  # fmt: skip
_OF_A_CHECKPOINT = {
    "quantize": "none", "constrain": False, "tool_choice": "auto", "max_calls": 16,
    "max_string": 0, "share_prefix": True, "batch_tokens": 8192, "temperature": 0.0,
    "engine": "local", "workers": 0, "ray_address": None, "thinking": None,
}  # fmt: skip
_OF_CONSTRAIN = {"tool_choice": "auto", "max_calls": 16, "max_string": 0}
_OF_RAY = {"workers": 0, "ray_address": None}
_DEFAULT_TEMPLATE = "qwen"


@dataclass(frozen=True, slots=True)
class Judging:
    """How answers are judged."""

    mode: Mode
    comparators: Comparators | None = None

    def check(self, cases: CaseSet) -> None:
        """Refuse cases that cannot be judged so, before they are asked.

        Raises:
            UsageFault: the mode has nothing to judge by.
            InputFault: the comparators name no parameter of the cases.
        """
        from fctune.evaluation.evaluate import check_judgeable

        check_judgeable(cases, self.mode, self.comparators)

    def one(self, case: EvalCase, prediction: Prediction) -> EvalOutcome:
        """Return the verdict on one answer."""
        from fctune.evaluation.outcomes.judge import judge

        return judge(case, prediction, self.mode, self.comparators)

    def evaluate(self, cases: CaseSet, predictions: Iterable[Prediction]) -> Evaluation:
        """Return the verdicts on all answers."""
        from fctune.evaluation.evaluate import evaluate

        return evaluate(cases, predictions, self.mode, self.comparators)


def judging_of(mode: tuple[Mode, Comparators | None]) -> Judging:
    """Return the judge of a mode."""
    return Judging(*mode)


def backend_of(given: SimpleNamespace) -> Backend:
    """Return who answers.

    Raises:
        UsageFault: there is none, or two, or an option belongs to the other.
        InputFault: the folder holds no model, or the template is unknown.
    """
    from fctune.cli.eval_backend import Reading, endpoint_backend, local_backend

    checkpoint: Path | None = given.checkpoint
    if (checkpoint is None) == (given.endpoint is None):
        got = "nothing that answers" if checkpoint is None else "a checkpoint and --endpoint"
        raise UsageFault(
            f"got {got}, expected one of the two",
            hint="fctune eval CHECKPOINT ..., or fctune eval --endpoint URL --model NAME ...",
        )
    reading = Reading(given.template, given.call_format)
    if checkpoint is None:
        from fctune.evaluation.endpoint.settings import EndpointOptions

        _refuse(given, _OF_A_CHECKPOINT, "a local checkpoint, not to --endpoint")
        options = EndpointOptions(
            concurrency=given.concurrency,
            timeout_s=given.timeout,
            retries=given.retries,
            stream=given.stream,
            server=given.server.value,
            max_new_tokens=given.max_new_tokens,
            request=tuple(given.request or ()),
        )
        return endpoint_backend(given.endpoint, given.model, reading, options)
    from fctune.evaluation.local.predict_local import Decoding

    _refuse(given, _OF_A_SERVER, "--endpoint")
    decoding = Decoding(
        max_new_tokens=given.max_new_tokens,
        batch_tokens=given.batch_tokens,
        share_prefix=given.share_prefix,
        constrain=_constraint(given),
        temperature=given.temperature,
        seed=given.seed,
        quantize=given.quantize.value,
    )
    return local_backend(checkpoint, reading, decoding, _cluster(given), thinking=given.thinking)


def asked_of(given: SimpleNamespace, template: str) -> Asked:
    """Return what is asked.

    Raises:
        InputFault: a file cannot be read, or gives no case.
        UsageFault: an option does not belong to this kind of file.
    """
    from fctune.cli.eval_asked import Wanted, read_asked

    return read_asked(
        Wanted(
            given.data,
            template or _DEFAULT_TEMPLATE,
            given.tools,
            given.mapping,
            given.answers,
            given.underscore_to_dot,
            given.max_cases,
            given.variants,
            given.train,
            given.seed,
        )
    )


def _constraint(given: SimpleNamespace) -> Constraint | None:
    if not given.constrain:
        _refuse(given, _OF_CONSTRAIN, "--constrain")
        return None
    from fctune.evaluation.local.constrain import Constraint

    return Constraint(
        tool_choice=given.tool_choice.value,
        max_calls=given.max_calls,
        max_string=given.max_string,
    )


def _cluster(given: SimpleNamespace) -> ClusterWords | None:
    if given.engine != "ray":
        _refuse(given, _OF_RAY, "--engine ray")
        return None
    from fctune.cli.eval_backend import ClusterWords

    return ClusterWords(given.ray_address, given.workers)


def _refuse(given: SimpleNamespace, options: Mapping[str, object], owner: str) -> None:
    """Refuse options that would be ignored, since they belong to something else."""
    named = [
        f"--{name.replace('_', '-')}"
        for name, default in options.items()
        if getattr(given, name) != default
    ]
    if named:
        verb = "belongs" if len(named) == 1 else "belong"
        added = f"add {owner}, or leave" if owner.startswith("--") else "leave"
        them = "it" if len(named) == 1 else "them"
        raise UsageFault(f"{', '.join(named)} {verb} to {owner}", hint=f"{added} {them} out")
