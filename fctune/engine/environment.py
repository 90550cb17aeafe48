"""The machine as the engine will find it: packages, their versions, and devices.

Role: tells what is installed and what is pinned without importing it; torch is asked in a process
of its own. Input: the installation. Output: PackageState, Devices, DeviceReport.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from fctune.errors import EnvironmentFault

# The [train] extra of pyproject.toml; tests/unit/test_engine_environment.py compares the two.
TRAIN_REQUIREMENTS = (
    "llamafactory==0.9.5",
    "torch==2.11.0",
    "torchvision==0.26.0",
    "torchaudio==2.11.0",
    "transformers==4.57.6",
    "peft>=0.18.0,<0.19",
    "datasets>=2.16,<=4.0.0",
    "accelerate>=1.3,<=1.11.0",
    "bitsandbytes>=0.50.2,<0.51",
    "tensorboard>=2.19",
)
INSTALL_TRAIN = 'pip install -c scripts/constraints.txt -e ".[train]"'
INSTALL_DEEPSPEED = 'pip install -c scripts/constraints.txt -e ".[train,deepspeed]"'
RECORDED_PACKAGES = (
    "llamafactory",
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "datasets",
    "accelerate",
)

# Asks torch as the engine does (llamafactory 0.9.5 extras/misc.py get_device_count).
_PROBE = """
import json, torch
kind, count = "cpu", 0
for name in ("xpu", "npu", "mps", "cuda"):
    part = getattr(torch, name, None)
    if part is not None and getattr(part, "is_available", lambda: False)():
        kind, count = name, part.device_count()
        break
names = [torch.cuda.get_device_name(i) for i in range(count)] if kind == "cuda" else []
bf16 = torch.cuda.is_bf16_supported() if kind == "cuda" else True
memory = [torch.cuda.get_device_properties(i).total_memory for i in range(count)] if names else []
print(json.dumps({"kind": kind, "count": count, "names": names, "bf16": bool(bf16),
                  "memory_bytes": memory}))
"""
_PROBE_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class PackageState:
    """A package as pinned and as found.

    Attributes:
        name: of the distribution.
        expected: the version specifier, such as `==0.9.5`; empty where any will do.
        found: the installed version, or None.
    """

    name: str
    expected: str
    found: str | None

    @property
    def is_right(self) -> bool:
        """True where it is installed in a version that is allowed."""
        if self.found is None:
            return False
        return Requirement(f"{self.name}{self.expected}").specifier.contains(
            self.found.partition("+")[0], prereleases=True
        )


@dataclass(frozen=True, slots=True)
class Devices:
    """What a run is spread over.

    Attributes:
        kind: `cpu`, or the accelerator: `cuda`, `npu`, `xpu`, `mps`.
        count: accelerators, or processes on a CPU; at least 1.
        hides: true where accelerators are there that the engine must not see.
    """

    kind: str
    count: int = 1
    hides: bool = False

    @property
    def is_cpu(self) -> bool:
        """True where no accelerator is used."""
        return self.kind == "cpu"


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What torch sees on this machine.

    Attributes:
        kind: as in Devices.
        count: accelerators seen; 0 on a CPU-only machine.
        names: their names, where the vendor tells them.
        bf16: whether the accelerator computes in bf16.
        memory_bytes: of each accelerator, where known.
        fault: why torch could not be asked; empty where it could.
    """

    kind: str = "cpu"
    count: int = 0
    names: tuple[str, ...] = ()
    bf16: bool = True
    memory_bytes: tuple[int, ...] = ()
    fault: str = ""


def installed_version(name: str) -> str | None:
    """Return the installed version of a distribution, or None, without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def package_states(requirements: Sequence[str] = TRAIN_REQUIREMENTS) -> list[PackageState]:
    """Compare requirements with what is installed."""
    states = []
    for text in requirements:
        requirement = Requirement(text)
        found = installed_version(requirement.name)
        states.append(PackageState(requirement.name, str(requirement.specifier), found))
    return states


def recorded_versions() -> dict[str, str | None]:
    """Return the versions that a run record keeps."""
    return {name: installed_version(name) for name in RECORDED_PACKAGES}


@cache
def probe_devices() -> DeviceReport:
    """Ask torch, in a process of its own, which devices it sees."""
    if installed_version("torch") is None:
        return DeviceReport(fault="torch is not installed")
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_TIMEOUT_S,
            check=True,
        )
        seen = json.loads(answer.stdout.strip().splitlines()[-1])
    except subprocess.CalledProcessError as fault:
        last = (fault.stderr.strip().splitlines() or ["no message"])[-1]
        return DeviceReport(fault=f"torch cannot be imported: {last}")
    except OSError as fault:
        return DeviceReport(fault=f"{sys.executable} cannot be run: {fault.strerror}")
    except subprocess.TimeoutExpired:
        return DeviceReport(fault=f"torch gave no answer within {_PROBE_TIMEOUT_S} s")
    except (ValueError, IndexError):
        return DeviceReport(fault="torch gave an answer that cannot be read")
    return DeviceReport(
        kind=seen["kind"],
        count=seen["count"],
        names=tuple(seen["names"]),
        bf16=seen["bf16"],
        memory_bytes=tuple(seen["memory_bytes"]),
    )


def choose_devices(wanted: int | None) -> Devices:
    """Return the devices of a run.

    Args:
        wanted: the number of accelerators; 0 for the CPU; None for all that torch sees.

    Raises:
        EnvironmentFault: torch should tell, and cannot.
    """
    if wanted == 0:
        return Devices("cpu", hides=_has_nvidia())
    report = probe_devices()
    if wanted is None and report.fault:
        message = f"the devices cannot be counted: {report.fault}"
        raise EnvironmentFault(message, hint="fctune doctor; or say how many: --devices N")
    if wanted is None:
        return Devices(report.kind, report.count) if report.count else Devices("cpu")
    return Devices(report.kind if report.count else "cuda", wanted)


def _has_nvidia() -> bool:
    """Tell without torch whether the driver's devices are there."""
    return any(Path("/dev").glob("nvidia[0-9]*"))


def is_offline() -> bool:
    """Tell whether the model hub is switched off by the environment."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(name, "").upper() in ("1", "TRUE", "YES", "ON") for name in names)


def hub_cache() -> Path:
    """Return the folder in which downloaded models lie."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", str(home / "hub"))).expanduser()


def scripts_dir() -> Path:
    """Return the folder of this Python's command line programs."""
    return Path(sys.executable).parent
