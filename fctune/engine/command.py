"""The engine's command line: argv and environment of one training process.

Input: the rendered config and the devices. Output: a TrainCommand, which can be run without a
shell or shown for copying.

Facts of llamafactory 0.9.5 launcher.py that are met here: with more than one device, or with
FORCE_TORCHRUN, it starts `torchrun` from PATH with its arguments joined and split at spaces, so
the config's path must hold none; NPROC_PER_NODE defaults to the number of devices, which is 0 on
a CPU; DeepSpeed needs FORCE_TORCHRUN on one device too.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fctune.engine.environment import Devices, scripts_dir

PROGRAM = "llamafactory-cli"
# Switches that would start another engine, or let a wrong version or a misspelt key pass.
REMOVED = ("USE_V1", "DISABLE_VERSION_CHECK", "ALLOW_EXTRA_ARGS")


@dataclass(frozen=True, slots=True)
class TrainCommand:
    """One `llamafactory-cli train`.

    Attributes:
        argv: program and arguments; the program with its full path.
        added: environment variables that this run needs.
        distributed: true where the engine goes through torchrun.
    """

    argv: tuple[str, ...]
    added: Mapping[str, str] = field(default_factory=dict)
    distributed: bool = False

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the child's environment: the caller's, with the few changes that are needed.

        Args:
            base: usually os.environ.
        """
        kept = {name: value for name, value in base.items() if name not in REMOVED}
        # The engine looks torchrun up on PATH.
        kept["PATH"] = os.pathsep.join([str(scripts_dir()), base.get("PATH", os.defpath)])
        return kept | dict(self.added)

    def shell_text(self) -> str:
        """Return the command for copying into a shell, with the bare name of the program."""
        words = [f"{name}={shlex.quote(value)}" for name, value in self.added.items()]
        return " ".join([*words, PROGRAM, *(shlex.quote(word) for word in self.argv[1:])])


def train_command(config: Path, devices: Devices, *, deepspeed: bool = False) -> TrainCommand:
    """Build the command that trains by a rendered config.

    Args:
        config: the YAML file; free of spaces where `needs_plain_path` says so.
        devices: what to train on.
        deepspeed: whether the config names a DeepSpeed config.
    """
    added: dict[str, str] = {}
    distributed = devices.count > 1 or deepspeed
    if distributed:
        added["FORCE_TORCHRUN"] = "1"
    if distributed or not devices.is_cpu:
        added["NPROC_PER_NODE"] = str(devices.count)
    if devices.hides:
        added["CUDA_VISIBLE_DEVICES"] = ""  # else the engine starts torchrun, one process for each
    if devices.is_cpu:
        added |= _cpu_threads(devices.count)
    program = str(scripts_dir() / PROGRAM)
    return TrainCommand((program, "train", str(config)), added, distributed)


def needs_plain_path(devices: Devices, *, deepspeed: bool = False) -> bool:
    """Tell whether the engine may split the config's path at spaces: wherever torchrun may run."""
    return deepspeed or not devices.is_cpu or devices.count > 1


def _cpu_threads(processes: int) -> dict[str, str]:
    """Share the cores among CPU processes; torchrun would give each a single thread."""
    if processes == 1 or "OMP_NUM_THREADS" in os.environ:
        return {}
    return {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes))}
