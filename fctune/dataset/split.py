"""The splits of a dataset, and the shares of them.

Two conversations are of one group when they share a wording of the user, and a group stands on one
side: `fctune.dataset.groups` finds the groups, and the key of each decides on its side, so that the
split is the same on every machine and for every order of the input.

Which wordings count is said by `fctune.conversations.hashes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fctune.errors import UsageFault

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of groups that goes to dev and to test; train gets the rest."""

    dev: float = 0.05
    test: float = 0.1

    def __post_init__(self) -> None:
        """Check the shares.

        Raises:
            UsageFault: a share is negative or no number, or nothing is left for train.
        """
        if not (self.dev >= 0 and self.test >= 0 and self.dev + self.test < 1):
            raise UsageFault(
                f"got dev {self.dev} and test {self.test}, expected shares that sum to less than 1",
                hint="--dev 0.05 --test 0.1",
            )
