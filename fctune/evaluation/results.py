"""Results read back: the verdicts of a run that was evaluated before.

Input: a result folder of `fctune eval` or `fctune score`. Output: Run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fctune.errors import InputFault
from fctune.evaluation.outcome import EvalOutcome
from fctune.evaluation.report import OUTCOMES, RESULTS
from fctune.jsonl import read_json, read_rows


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluated run.

    Attributes:
        name: as shown in tables.
        folder: where its results are.
        outcomes: by case id, in the order of the split.
        seed: of its bootstrap.
        mode: how its calls were compared.
    """

    name: str
    folder: Path
    outcomes: Mapping[str, EvalOutcome]
    seed: int
    mode: str = "strict"


def load_run(folder: Path, name: str) -> Run:
    """Read the results of one run.

    Raises:
        InputFault: the folder holds none, or they cannot be read.
    """
    if not (folder / RESULTS).is_file() or not (folder / OUTCOMES).is_file():
        raise InputFault(
            f"holds no {RESULTS} and {OUTCOMES}",
            where=str(folder),
            hint=f"fctune eval CHECKPOINT --data SPLIT.jsonl --out {folder}",
        )
    results = read_json(folder / RESULTS)
    outcomes: dict[str, EvalOutcome] = {}
    for raw in read_rows(folder / OUTCOMES):
        try:
            outcome = EvalOutcome.from_row(raw.value)
        except (KeyError, TypeError, ValueError) as fault:
            raise InputFault(
                f"is no outcome that this version wrote: {fault}",
                where=str(raw.origin),
                hint=f"fctune score {folder / 'predictions.jsonl'} --out {folder}",
            ) from fault
        outcomes[outcome.id] = outcome
    results = results if isinstance(results, dict) else {}
    seed = results.get("config", {}).get("seed", 0)
    mode = str(results.get("mode", "strict"))
    return Run(name, folder, outcomes, seed if isinstance(seed, int) else 0, mode)
