"""The error tree: every fault that ends a verb, and the exit code that tells a script which one.

FctuneError
├── ProblemsFound     1    the work is done, and problems were found (rejects over a limit)
├── UsageFault        2    options that contradict each other
├── InputFault        3    a file or a recipe is wrong; the user mends the input
├── EnvironmentFault  4    a package, device or file of the installation is missing
├── TrainerFault      5    the training engine failed
├── EndpointFault     5    a model server failed
└── Interrupted       130  Ctrl-C or SIGTERM

Only `fctune.cli.main` turns these into process exits. A fault of one row is not an exception but
a value: see `fctune.issues`.
"""

from __future__ import annotations


class FctuneError(Exception):
    """Base of all errors shown to a user: where, what, and the next command to type.

    Args:
        message: what is wrong, with the value found and the value expected.
        where: the place, such as `data.jsonl:12` or `configs/a.yaml:7`; may be empty.
        hint: the exact next step; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Return `where: message`, without the hint."""
        return f"{self.where}: {self.message}" if self.where else self.message


class ProblemsFound(FctuneError):
    """The verb finished its work and found problems that a gate forbids."""

    exit_code = 1


class UsageFault(FctuneError):
    """The options given cannot be meant together."""

    exit_code = 2


class InputFault(FctuneError):
    """An input file or a recipe cannot be used as it is."""

    exit_code = 3


class EnvironmentFault(FctuneError):
    """Something of the installation or the machine is missing."""

    exit_code = 4


class TrainerFault(FctuneError):
    """The training engine ended with an error."""

    exit_code = 5


class EndpointFault(FctuneError):
    """A model server could not be reached or answered with an error."""

    exit_code = 5


class Interrupted(FctuneError):
    """The user or the system asked the verb to stop; what is on disk can be resumed."""

    exit_code = 130
