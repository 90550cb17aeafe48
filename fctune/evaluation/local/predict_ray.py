"""RayPredictor: the machines of a Ray cluster answer cases, each with a model loaded once.

Input: a checkpoint that every machine can read under the same path. Output: the predictions that
one process would give. This process plans the batches, which decide the answers, and hands them
out; a batch gives the same answers on any worker of the same kind of hardware. A worker that dies
is started again, and its batch is asked again: a prediction counts once, whichever try made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from fctune.engine.cluster import join_cluster, result_of
from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.local.predict_constrain import Constrainer
from fctune.evaluation.local.predict_local import LocalPredictor
from fctune.evaluation.local.predict_local_ask import Decoding, Traits, load_template, plan_cases
from fctune.evaluation.local.predict_local_plan import Batch
from fctune.evaluation.predict import Prediction

MAX_RESTARTS = 4
# Without an answer for so long, a batch is asked again of a worker that has nothing to do.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the work is done.

    Attributes:
        address: `host:port` of a cluster; None starts one on this machine.
        workers: how many load the model; 0 takes one for each GPU of the cluster, or one for each
            machine where there is none.
    """

    address: str | None = None
    workers: int = 0


class RayWorker:
    """Runs in a process of the cluster, and holds the model there.

    Args:
        checkpoint: a model folder, or an adapter folder.
        template: the engine template.
        decoding: how answers are generated.
    """

    def __init__(self, checkpoint: Path, template: str, decoding: Decoding) -> None:
        self._given = checkpoint, template, decoding
        self._predictor: LocalPredictor | None = None

    def facts(self) -> tuple[dict[str, Any], Traits]:
        """Return what decides an answer beside the weights, and what a plan must know."""
        return self._loaded().description, self._loaded().traits

    def answer(
        self, batch: Batch, cases: Mapping[str, EvalCase]
    ) -> tuple[list[Prediction], tuple[str, ...]]:
        """Return the predictions of a batch, and what users should know of them."""
        return self._loaded().answer(batch, cases), self._loaded().notes

    def _loaded(self) -> LocalPredictor:
        # Here and not at the start, so that its faults reach the one who waits.
        if self._predictor is None:
            self._predictor = LocalPredictor.load(*self._given)
        return self._predictor


class RayPredictor:
    """Answers cases on a cluster; use as a context manager.

    Attributes:
        description: what decides an answer beside the weights, for results.json.
    """

    def __init__(self, ray: Any, workers: Sequence[Any], template: EngineTemplate) -> None:
        self._ray = ray
        self._workers = list(workers)
        self._template = template
        self._notes: dict[str, None] = {}
        self.description: dict[str, Any] = {}
        self._decoding = Decoding()
        self._traits = Traits(0, takes_prefixes=False)

    @classmethod
    def load(
        cls,
        checkpoint: Path,
        template: str,
        decoding: Decoding | None = None,
        cluster: Cluster | None = None,
    ) -> RayPredictor:
        """Load a checkpoint on the workers of a cluster.

        Raises:
            EnvironmentFault: Ray is not installed, the cluster cannot be reached, or no worker
                stays alive.
            InputFault: a worker cannot load the checkpoint.
        """
        options = decoding or Decoding()
        engine = load_template(checkpoint, template)
        wanted = cluster or Cluster()
        ray = join_cluster(wanted.address, cpus=wanted.workers)
        try:
            workers = _started(ray, wanted, (checkpoint, template, options))
            predictor = cls(ray, workers, engine)
            predictor._decoding = options
            facts = [worker.facts.remote() for worker in workers]
            predictor.description, predictor._traits = _result(ray, facts[0])
            for later in facts[1:]:
                _result(ray, later)
        except BaseException:
            ray.shutdown()
            raise
        return predictor

    def __enter__(self) -> RayPredictor:
        """Return the predictor."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Leave the cluster; its workers end, and a cluster that was started here."""
        self._ray.shutdown()

    @property
    def notes(self) -> tuple[str, ...]:
        """What users should know of the answers so far, one sentence each."""
        return tuple(self._notes)

    def foresee(self, cases: Sequence[EvalCase]) -> tuple[str, str] | None:
        """Return what users should know before these are asked, and what to type; or None."""
        constraint = self._decoding.constrain
        if constraint is None:
            return None
        here = Constrainer(self._template, constraint, len(self._template.tokenizer))
        return here.foresee(cases, self._decoding.max_new_tokens)

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield one prediction for each case, as batches come back.

        Raises:
            EnvironmentFault: a batch failed again and again, as no worker stays alive.
        """
        refused, batches = plan_cases(cases, self._template, self._decoding, self._traits)
        yield from refused
        by_id = {case.id: case for case in cases}
        for batch_predictions in self._answers(batches, by_id):
            yield from batch_predictions

    def _answers(
        self, batches: Sequence[Batch], cases: Mapping[str, EvalCase]
    ) -> Iterator[list[Prediction]]:
        """Yield the predictions of each batch once, few batches under way at a time."""
        waiting = list(range(len(batches)))[::-1]
        running: dict[Any, tuple[Any, int]] = {}
        finished: set[int] = set()
        idle = list(self._workers)
        while len(finished) < len(batches):
            while waiting and idle:
                batch, worker = batches[waiting[-1]], idle.pop()
                asked = {prompt.case_id: cases[prompt.case_id] for prompt in batch.prompts}
                running[worker.answer.remote(batch, asked)] = worker, waiting.pop()
            done, _ = self._ray.wait(list(running), num_returns=1, timeout=PATIENCE_S)
            if not done and idle:  # a machine is gone, and its worker waits for another
                waiting.append(next(number for _, number in running.values()))
            for reference in done:
                worker, number = running.pop(reference)
                try:
                    predictions, notes = _result(self._ray, reference)
                except EnvironmentFault:
                    self._workers.remove(worker)
                    if not self._workers:
                        raise
                    waiting.append(number)
                    continue
                idle.append(worker)
                self._notes.update(dict.fromkeys(notes))
                if number not in finished:
                    finished.add(number)
                    yield predictions


def _started(ray: Any, cluster: Cluster, given: tuple[Path, str, Decoding]) -> list[Any]:
    resources = ray.cluster_resources()
    gpus = int(resources.get("GPU", 0))
    cpus = int(resources.get("CPU", 0))
    alive = [node for node in ray.nodes() if node.get("Alive")]
    machines = sum(node["Resources"].get("CPU", 0) >= 1 for node in alive)
    # More than there is room for would wait for ever.
    count = max(1, min(cluster.workers or gpus or machines, gpus or cpus))
    actor = ray.remote(
        num_cpus=1,
        num_gpus=1 if gpus else 0,
        max_restarts=MAX_RESTARTS,
        max_task_retries=MAX_RESTARTS,
    )(RayWorker)
    checkpoint, template, decoding = given
    return [actor.remote(checkpoint.absolute(), template, decoding) for _ in range(count)]


def _result(ray: Any, reference: Any) -> Any:
    return result_of(ray, reference, failed="the Ray cluster failed")
