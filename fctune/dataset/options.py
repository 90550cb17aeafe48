"""BuildOptions: what shapes a dataset. A value, so that it can be sent to other processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fctune.conversations.personal_patterns import DEFAULT_KINDS, Kind
from fctune.dataset.heldout import HeldOut
from fctune.dataset.lengths import DEFAULT_CARRY, OverLong
from fctune.dataset.mixing import Mixing
from fctune.dataset.prefixes import Each
from fctune.dataset.sources import Reading
from fctune.dataset.split import Shares
from fctune.dataset.switches import Switches

if TYPE_CHECKING:
    from fctune.dataset.distractors import Distractors


@dataclass(frozen=True, slots=True)
class Redaction:
    """How personal data are masked.

    Attributes:
        salt: what the masks are drawn from; who knows it can test whether a value was in the data.
        kinds: what is masked.
    """

    salt: str = field(repr=False)
    kinds: frozenset[Kind] = DEFAULT_KINDS


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What shapes a dataset.

    Attributes:
        name: prefix of files and registry entries.
        folder: where they are written; the engine's `dataset_dir`.
        sources: raw files and folders.
        reading: how rows are read.
        template: the engine template that the dataset is for; it decides how parallel results are
            joined.
        shares: shares of dev and test.
        ratio: general rows per call row in stage 2.
        lessons, upsample, max_repeat, cap_per_tool: see `fctune.dataset.mixing.Mixing`.
        seed: of split, draw and order.
        model: folder or id of the model whose tokens are counted; None counts none.
        cutoff_len: the most tokens of a row; without a model lengths are estimated, and longer rows
            are only warned of.
        over_long: what happens to longer rows.
        carry: exchanges that each window repeats of the one before it.
        prefix_rows: a row of its own for each call or turn; None leaves rows whole.
        thought_words: what the template writes around a thought; None removes thoughts.
        redact: how personal data are masked; None leaves them.
        distractors: tools to add to or prune from the lists of rows; None leaves lists as they are.
        held_out: tools that no row of train and dev shows; None holds out none.
        near_dup: similarity from which on rows are near duplicates; None does not look for them.
        switches: what each issue code does to a row.
        drop_prefixes: leave out rows that another row of the same trace begins with.
        workers: processes that read and convert; the bytes written are the same for any number.
        ray: work on a Ray cluster; the bytes written are the same.
        ray_address: of a running cluster; None starts one on this machine.
    """

    name: str
    folder: Path
    sources: tuple[Path, ...]
    reading: Reading = field(default_factory=Reading)
    template: str = "qwen"
    shares: Shares = field(default_factory=Shares)
    ratio: float = 1.0
    lessons: Mapping[str, float] = field(default_factory=dict)
    upsample: bool = False
    max_repeat: int = 4
    cap_per_tool: int | None = None
    seed: int = 42
    model: str | None = None
    cutoff_len: int = 2048
    over_long: OverLong = OverLong.DROP
    carry: int = DEFAULT_CARRY
    prefix_rows: Each | None = None
    thought_words: tuple[str, str] | None = None
    redact: Redaction | None = None
    distractors: Distractors | None = None
    held_out: HeldOut | None = None
    near_dup: float | None = None
    switches: Switches = field(default_factory=Switches)
    drop_prefixes: bool = True
    workers: int = 1
    ray: bool = False
    ray_address: str | None = None

    @property
    def mixing(self) -> Mixing:
        """How the rows of stage 2 are mixed."""
        return Mixing(
            ratio=self.ratio,
            lessons=self.lessons,
            upsample=self.upsample,
            max_repeat=self.max_repeat,
            cap_per_tool=self.cap_per_tool,
            seed=self.seed,
        )
