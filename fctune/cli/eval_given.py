"""What was typed after `fctune eval`, as the parts of a run: backend, cases and judge.

Input: what was given, by the names of the parameters. Output: Backend, Asked and Judging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


def check_words(given: SimpleNamespace) -> None:
    """Refuse words that are wrong whatever the files hold.

    Raises:
        UsageFault: there is nobody who answers, or two; an option belongs to the other; there is
            no such variant or call format.
        InputFault: there is no such template.
    """
    from fctune.cli.eval_backend import Reading
    from fctune.evaluation.robustness import chosen

    if (given.checkpoint is None) == (given.endpoint is None):
        got = "nothing that answers" if given.checkpoint is None else "a checkpoint and --endpoint"
        raise UsageFault(
            f"got {got}, expected one of the two",
            hint="fctune eval CHECKPOINT ..., or fctune eval --endpoint URL --model NAME ...",
        )
    if given.checkpoint is None:
        _refuse(given, _OF_A_CHECKPOINT, "a local checkpoint, not to --endpoint")
    else:
        _refuse(given, _OF_A_SERVER, "--endpoint")
    if not given.constrain:
        _refuse(given, _OF_CONSTRAIN, "--constrain")
    if given.engine != "ray":
        _refuse(given, _OF_RAY, "--engine ray")
    for template, form in ((given.template, None), (None, given.call_format)):
        Reading(template, form).decoder(template)
    if given.variants is not None:
        chosen(given.variants)


def backend_and_asked(
    given: SimpleNamespace, check: Callable[[Asked], None]
) -> tuple[Backend, Asked]:
    """Return who answers, and what is asked.

    A server is words alone and comes first. A checkpoint comes after the data: what is wrong with
    it would hide what is wrong with them.

    Args:
        given: what was typed, looked at by `check_words`.
        check: refuses what was read.

    Raises:
        InputFault: a file cannot be read or gives no case, or the folder holds no model.
        UsageFault: an option does not belong to this kind of file, or the template is not told.
    """
    server = backend_of(given) if given.checkpoint is None else None
    asked = asked_of(given, _template(given))
    check(asked)
    return server or backend_of(given), asked


def _template(given: SimpleNamespace) -> str:
    """Return the template that was typed, or that of the checkpoint's run; "" where none is told.

    Raises:
        InputFault: the record of the run cannot be read.
    """
    from fctune.evaluation.local.template_of import template_of

    if given.template or given.checkpoint is None:
        return given.template or ""
    return template_of(given.checkpoint) or ""


def backend_of(given: SimpleNamespace) -> Backend:
    """Return who answers.

    Raises:
        UsageFault: a server is asked for without a model, or the template is not told.
        InputFault: the folder holds no model.
    """
    from fctune.cli.eval_backend import Reading, endpoint_backend, local_backend

    checkpoint: Path | None = given.checkpoint
    reading = Reading(given.template, given.call_format)
    if checkpoint is None:
        from fctune.evaluation.endpoint.settings import EndpointOptions

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
        return None
    from fctune.evaluation.local.constrain import Constraint

    return Constraint(
        tool_choice=given.tool_choice.value,
        max_calls=given.max_calls,
        max_string=given.max_string,
    )


def _cluster(given: SimpleNamespace) -> ClusterWords | None:
    if given.engine != "ray":
        return None
    from fctune.cli.eval_backend import ClusterWords

    return ClusterWords(given.ray_address, given.workers)


def _refuse(given: SimpleNamespace, options: Mapping[str, object], owner: str) -> None:
    """Refuse options that would be ignored, since they belong to something else."""
    named = [
        f"--{'no-' if value is False else ''}{name.replace('_', '-')}"
        for name, default in options.items()
        if (value := getattr(given, name)) != default
    ]
    if named:
        verb = "belongs" if len(named) == 1 else "belong"
        added = f"add {owner}, or leave" if owner.startswith("--") else "leave"
        them = "it" if len(named) == 1 else "them"
        raise UsageFault(f"{', '.join(named)} {verb} to {owner}", hint=f"{added} {them} out")
