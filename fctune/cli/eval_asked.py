"""What `fctune eval` asks: the cases of a split or a public test set, drawn, tagged, with variants.

Input: files and words as the user gave them. Output: Asked. No model is loaded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fctune.cli.contamination import contamination
from fctune.cli.mapped import fingerprint_of, read_mapping
from fctune.cli.tool_file import read_tools

if TYPE_CHECKING:
    from fctune.evaluation.cases.case_set import CaseSet
    from fctune.evaluation.cases.contamination import Contamination
    from fctune.evaluation.cases.training import TrainingRows
    from fctune.evaluation.metrics.longtail import TrainingCounts
    from fctune.evaluation.report.files import RunConfig
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases are asked.

    Attributes:
        data: the split, or a file of a public test set.
        template: the engine template, which says how parallel results are joined.
        tools: file with the tools of rows that bring none, or None.
        mapping: file with `tool_mapping`, or None.
        answers: possible answers of BFCL, or None.
        underscore_to_dot: names of BFCL's tools are asked with `_` for `.`.
        max_cases: the most cases; None asks all.
        variants: which variants are asked beside; None asks none.
        train: manifest or training split; None counts none.
        seed: of every draw.
    """

    data: Path
    template: str
    tools: Path | None = None
    mapping: Path | None = None
    answers: Path | None = None
    underscore_to_dot: bool = False
    max_cases: int | None = None
    variants: str | None = None
    train: Path | None = None
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Asked:
    """The cases, and how they were chosen.

    Attributes:
        wanted: what the user asked for.
        cases: drawn, and with their variants behind them.
        population: cases of the split with and without a call.
        variants: how many there are of each variant.
        training: how often training called each tool; None where that is not known.
        mapping: fingerprint of the mapping, or "".
        contamination: cases whose prompt stands in the training rows; None where those are not
            known.
    """

    wanted: Wanted
    cases: CaseSet
    population: dict[str, int]
    variants: dict[str, int]
    training: TrainingCounts | None
    mapping: str
    contamination: Contamination | None = None

    def config(self, source: str, template: str, model: dict[str, object]) -> RunConfig:
        """Return what results.json says of the run."""
        from fctune.evaluation.report.files import RunConfig

        wanted = self.wanted
        return RunConfig(
            source,
            template,
            wanted.seed,
            model,
            wanted.max_cases,
            self.population,
            self.mapping,
            self.contamination,
        )


def read_asked(wanted: Wanted) -> Asked:
    """Read the cases.

    Raises:
        InputFault: a file cannot be read, or gives no case.
        UsageFault: an option does not belong to this kind of file, or names no variant.
    """
    from fctune.evaluation.cases.by_content import read_any_cases
    from fctune.evaluation.metrics.longtail import tag_buckets, training_counts
    from fctune.evaluation.robustness import chosen

    names = chosen(wanted.variants) if wanted.variants is not None else ()
    catalog = read_tools(wanted.tools)
    mapped = read_mapping(wanted.mapping, tools=wanted.tools, catalog=catalog)
    cases = read_any_cases(
        wanted.data,
        template=wanted.template,
        mapping=mapped,
        answers=wanted.answers,
        underscore_to_dot=wanted.underscore_to_dot,
        tools=catalog,
    )
    population = cases.population()
    if wanted.max_cases is not None:
        cases = cases.sample(wanted.max_cases, wanted.seed)
    trained = _training(wanted, catalog, mapped)
    training = training_counts(trained) if trained is not None else None
    if training is not None:
        cases = tag_buckets(cases, training)
    found = contamination(cases, wanted.data, trained, tools=catalog, mapping=mapped)
    counts: dict[str, int] = {}
    if names:
        from fctune.evaluation.robustness.make import with_variants

        cases, counts = with_variants(cases, names, seed=wanted.seed)
    return Asked(wanted, cases, population, counts, training, fingerprint_of(mapped), found)


def _training(
    wanted: Wanted, tools: ToolCatalog | None, mapping: ToolMapping | None
) -> TrainingRows | None:
    """Return the rows of --train; None where it is not given."""
    if wanted.train is None:
        return None
    from fctune.evaluation.cases.training import read_training

    return read_training(wanted.train, tools=tools, mapping=mapping)
