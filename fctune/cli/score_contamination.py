"""Whether the cases of `eval` and `score` stand in the training split, told to the user.

Input: the cases, the file they come from, and --train. Output: Contamination, with a warning.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fctune.cli.output import out

if TYPE_CHECKING:
    from fctune.evaluation.cases.case_set import CaseSet
    from fctune.evaluation.cases.contamination import Contamination

_SHOWN = 5


def contamination(cases: CaseSet, data: Path | None, train: Path | None) -> Contamination | None:
    """Look the prompts of the cases up in the training rows, and warn where they stand there.

    Args:
        cases: those that are asked, without variants.
        data: the file that they come from; the manifest beside it may name the training split.
        train: as the user named it; None looks for the manifest.

    Returns:
        None where nobody knows the training rows.

    Raises:
        InputFault: the training rows cannot be read.
    """
    if train is None and data is None:
        return None
    from fctune.evaluation.cases.contamination import contamination_beside, contamination_of

    found = contamination_of(cases, train) if train is not None else None
    if found is None and data is not None:
        found = contamination_beside(cases, data)
    if found is not None and found.ids:
        more = len(found.ids) - _SHOWN
        ids = ", ".join(found.ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        out.warn(
            f"{len(found.ids)} of {found.cases} cases have a prompt that stands in the training "
            f"rows of {found.training}: {ids}",
            hint="their figures may tell of memory: give a test set that training has not seen",
        )
    return found
