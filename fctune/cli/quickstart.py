"""`fctune quickstart`: the whole story on a tiny model, on a CPU.

The verb runs the same commands that a user types, one process each, and prints each before it
runs; `scripts/quickstart.sh` holds the same commands as plain shell (a test keeps them equal).
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from fctune.cli.options import DryRunOpt, SeedOpt
from fctune.cli.output import out
from fctune.errors import FctuneError, InputFault, Interrupted

RECIPE = Path("configs/tiny.yaml")
WORKSPACE = Path("quickstart")
SAVES = Path("saves/tiny")
TEST_SPLIT = "quickstart/data/quickstart_test.jsonl"
DEFAULT_SEED = 42
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: what it is for, and the command as a user types it."""

    title: str
    command: str


def story(seed: int) -> tuple[Step, ...]:
    """Return the steps; a seed other than the default is named in the commands."""
    plain = f" --seed {seed}" if seed != DEFAULT_SEED else ""
    override = f" seed={seed}" if seed != DEFAULT_SEED else ""
    train = f"fctune train --recipe {RECIPE} --stage"
    evaluate = "fctune eval"
    data = f"--data {TEST_SPLIT} --template qwen3_nothink --max-cases 200 --max-new-tokens 96"
    return (
        Step("check the tools", "fctune tools check data/tools/ecommerce.yaml"),
        Step(
            "make a tiny model",
            f"python scripts/make_tiny_model.py --out quickstart/model --seed {seed}",
        ),
        Step(
            "prepare the dataset",
            "fctune prepare data/raw/glaive data/raw/ecommerce data/raw/general data/raw/defective"
            " --tools data/tools/ecommerce.yaml --name quickstart --out quickstart/data"
            f" --template qwen3_nothink --model quickstart/model --cutoff-len 1024{plain}",
        ),
        Step("train stage 1: general, full-parameter", f"{train} general{override}"),
        Step("train stage 2: tool calls, QLoRA", f"{train} toolcall{override}"),
        Step("evaluate the base", f"{evaluate} quickstart/model {data} --out quickstart/eval/base"),
        Step(
            "evaluate after stage 1",
            f"{evaluate} saves/tiny/general {data} --out quickstart/eval/general",
        ),
        Step(
            "evaluate after stage 2",
            f"{evaluate} saves/tiny/toolcall {data} --out quickstart/eval/toolcall",
        ),
        Step(
            "compare",
            "fctune compare quickstart/eval/base quickstart/eval/general quickstart/eval/toolcall"
            " --out quickstart/eval",
        ),
    )


def command(seed: SeedOpt = DEFAULT_SEED, dry_run: DryRunOpt = False) -> None:
    """Run the whole story: tools, data, two stages of training, evaluation, comparison.

    Needs the [train] extra and a checkout of the project; takes less than ten minutes on two
    cores. Starts afresh: the results of an earlier quickstart are removed first.
    """
    steps = story(seed)
    if dry_run:
        out.data("\n".join(step.command for step in steps))
        return
    if not RECIPE.is_file():
        raise InputFault(
            f"got no {RECIPE} here, expected a checkout of the project",
            hint="cd to the folder that holds README.md and configs/",
        )
    for old in (WORKSPACE, SAVES):
        if old.exists():
            out.note(f"removing {old}/ of an earlier quickstart")
            shutil.rmtree(old)
    seconds = [_run(number, len(steps), step) for number, step in enumerate(steps, start=1)]
    rows = [(step.title, f"{spent:.0f}") for step, spent in zip(steps, seconds, strict=True)]
    out.data("")
    out.table(("step", "seconds"), [*rows, ("total", f"{sum(seconds):.0f}")])


def _run(number: int, total: int, step: Step) -> float:
    """Run one step and return its wall time in seconds."""
    out.data(f"\n[{number}/{total}] {step.title}\n$ {step.command}")
    started = time.monotonic()
    with _passing_on() as relay:
        # In a session of its own, so that Ctrl-C reaches it once, through the relay: a second
        # signal would tell it to hurry.
        child = subprocess.Popen(_argv(step.command), start_new_session=True)
        relay.connect(child)
        code = child.wait()  # without a timeout: it has an engine of its own to end
    if relay.received:
        name = signal.Signals(relay.received[0]).name
        raise Interrupted(f"stopped by {name} in the step `{step.title}`")
    if code != 0:
        fault = FctuneError(f"the step `{step.title}` ended with exit code {code}")
        fault.exit_code = code if code > 0 else 128 - code
        raise fault
    return time.monotonic() - started


@dataclass(slots=True)
class _Relay:
    """Passes stop signals on to the process of a step, those before its start too."""

    received: list[int] = field(default_factory=list)
    child: subprocess.Popen[bytes] | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        self.received.append(number)
        if self.child is not None:
            self.child.send_signal(number)

    def connect(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        for number in self.received:
            child.send_signal(number)


@contextlib.contextmanager
def _passing_on() -> Iterator[_Relay]:
    """Hand stop signals to a relay; one that is ignored stays so, as `nohup` asks."""
    relay = _Relay()
    before = {
        number: signal.signal(number, relay.note)
        for number in _STOP_SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield relay
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _argv(text: str) -> list[str]:
    """Return the argument list, with this interpreter's own programs in place of names."""
    program, *arguments = shlex.split(text)
    if program == "fctune":
        return [sys.executable, "-c", "from fctune.cli.main import run; run()", *arguments]
    return [sys.executable, *arguments]
