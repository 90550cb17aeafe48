"""Whether the cases of `eval` and `score` stand in the training split, told to the user.

Input: the cases, the file they come from, and the rows of --train. Output: Contamination, with
warnings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.errors import InputFault

if TYPE_CHECKING:
    from fctune.evaluation.cases.case_set import CaseSet
    from fctune.evaluation.cases.contamination import Contamination
    from fctune.evaluation.cases.training import TrainingRows
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog

_SHOWN = 5


def contamination(
    cases: CaseSet,
    data: Path | None,
    training: TrainingRows | None,
    *,
    tools: ToolCatalog | None = None,
    mapping: ToolMapping | None = None,
) -> Contamination | None:
    """Look the prompts of the cases up in the training rows, and warn where they stand there.

    Args:
        cases: those that are asked, without variants.
        data: the file that they come from; the manifest beside it may name the training split.
        training: the rows of --train; None looks for the manifest.
        tools: tools of training rows that bring none.
        mapping: writes calls of an API in training rows as the model-facing ones.

    Returns:
        None where nobody knows the training rows, or where those of the manifest cannot be read:
        nobody has asked for them.
    """
    if training is None and data is None:
        return None
    from fctune.evaluation.cases.contamination import contamination_beside, contamination_of

    if training is not None:
        found: Contamination | None = contamination_of(cases, training)
    else:
        try:
            found = contamination_beside(cases, data or Path(), tools=tools, mapping=mapping)
        except InputFault as fault:
            out.warn(
                f"{fault.where}: {fault.message}: whether training has seen the cases is not known",
                hint="name the training rows with --train FILE",
            )
            return None
    if found is not None:
        _tell(found)
    return found


def _tell(found: Contamination) -> None:
    """Warn of cases that training has seen, and of training rows that nobody could read."""
    if found.ids:
        more = len(found.ids) - _SHOWN
        ids = ", ".join(found.ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        out.warn(
            f"{len(found.ids)} of {amount(found.cases, 'case has', 'cases have')} a prompt that "
            f"stands in the training rows of {found.training}: {ids}",
            hint="their figures may tell of memory: give a test set that training has not seen",
        )
    if found.unread:
        out.warn(
            f"{found.unread} of {amount(found.rows + found.unread, 'training row')} of "
            f"{found.training} cannot be read: whether a case stands there is not known",
            hint="where rows bring no tools of their own, add --tools FILE with them",
        )
