"""Problems of a recipe or of a run before it starts: collected, then shown at once.

Input: problems found by any number of checks. Output: one fault that names them all, so that a
user mends a file in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fctune.errors import FctuneError, InputFault


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend before a stage can be trained.

    Attributes:
        where: `file:line`, `command line`, or a path.
        message: what was found and what was expected.
        hint: the exact next step; may be empty.
        environment: true where the machine, not the input, has to be mended.
    """

    where: str
    message: str
    hint: str = ""
    environment: bool = False

    def __str__(self) -> str:
        """Return `where: message`, with the hint on a line of its own."""
        hint = f"\n    hint: {self.hint}" if self.hint else ""
        return f"{self.where}: {self.message}{hint}"


def raise_all(
    problems: Sequence[Problem], *, where: str, fault: type[FctuneError] = InputFault
) -> None:
    """Raise one fault that names every problem; do nothing where there is none.

    Args:
        problems: what was found, in the order in which to show it.
        where: the file or run that they belong to.
        fault: the class of the error.

    Raises:
        FctuneError: there is at least one problem.
    """
    if not problems:
        return
    if len(problems) == 1:
        raise fault(problems[0].message, where=problems[0].where, hint=problems[0].hint)
    listed = "\n".join(f"  {problem}" for problem in problems)
    raise fault(f"{len(problems)} problems, expected none:\n{listed}", where=where)
