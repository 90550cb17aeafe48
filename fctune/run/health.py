"""Health of the installation: what training needs, what is there, and the command that mends it.

Input: the installation and the machine. Output: Check values; nothing is printed or raised.
Works without the [train] extra; torch is only imported in a process of its own.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fctune import __version__
from fctune.engine.arguments import table_versions
from fctune.engine.command import PROGRAM
from fctune.engine.environment import (
    INSTALL_DEEPSPEED,
    INSTALL_TRAIN,
    hub_cache,
    installed_version,
    is_offline,
    package_states,
    probe_devices,
    scripts_dir,
)

_ENOUGH_DISK_BYTES = 10 << 30
_LEAST_DISK_BYTES = 1 << 30
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `fctune doctor`.

    Attributes:
        name: what was looked at.
        state: `ok`, `note` (fine, or optional and absent) or `fault` (training cannot work).
        found: what is there.
        expected: what should be; empty where anything will do.
        hint: the exact command that mends it; empty where nothing is wrong.
    """

    name: str
    state: str
    found: str
    expected: str = ""
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the check as a JSON-ready object."""
        return asdict(self)


def examine(folder: Path = Path()) -> list[Check]:
    """Look at everything that training needs.

    Args:
        folder: the folder in which runs will be written.
    """
    return [
        *_python(),
        *_packages(),
        *_program(),
        *_device(),
        *_disk(folder),
        *_hub(),
    ]


def _python() -> Iterator[Check]:
    good = sys.version_info >= (3, 11)
    hint = "" if good else "install Python 3.11, then: make quickstart"
    found = platform.python_version()
    yield Check("python", "ok" if good else "fault", found, ">=3.11", hint)
    yield Check("fctune", "ok", __version__)


def _packages() -> Iterator[Check]:
    for package in package_states():
        state, hint = ("ok", "") if package.is_right else ("fault", INSTALL_TRAIN)
        yield Check(package.name, state, package.found or "not installed", package.expected, hint)
    found = installed_version("deepspeed")
    hint = "" if found else INSTALL_DEEPSPEED
    yield Check("deepspeed", "ok" if found else "note", found or "not installed", "optional", hint)
    pinned = table_versions()
    for name, version in pinned.items():
        installed = installed_version(name)
        if installed is not None and installed != version:
            hint = "python scripts/engine_keys.py --write"
            yield Check(f"keys of {name}", "note", f"table of {version}", installed, hint)


def _program() -> Iterator[Check]:
    own = scripts_dir() / PROGRAM
    on_path = shutil.which(PROGRAM)
    if own.is_file():
        # fctune calls its own Python's program; another one on PATH matters only by hand.
        same = on_path is not None and Path(on_path).resolve() == own.resolve()
        hint = "" if same else f"to run it by hand: source {scripts_dir() / 'activate'}"
        found = str(own) if same else f"{own}, on PATH: {on_path or 'none'}"
        yield Check(PROGRAM, "ok" if same else "note", found, "", hint)
    else:
        yield Check(PROGRAM, "fault", "not installed", f"in {scripts_dir()}", INSTALL_TRAIN)


def _device() -> Iterator[Check]:
    if installed_version("torch") is None:
        yield Check("device", "note", "unknown without torch", "", INSTALL_TRAIN)
        return
    seen = probe_devices()
    if seen.fault:
        yield Check("device", "fault", seen.fault, "torch answers", INSTALL_TRAIN)
    elif not seen.count:
        yield Check("device", "note", "CPU only: tiny models can be trained", "an accelerator")
    else:
        names = ", ".join(seen.names) or seen.kind
        memory = "".join(f", {size / _GIB:.0f} GiB" for size in seen.memory_bytes[:1])
        bf16 = "bf16" if seen.bf16 else "no bf16: use fp16: true"
        yield Check("device", "ok", f"{seen.count} x {names}{memory}, {bf16}")


def _disk(folder: Path) -> Iterator[Check]:
    free_bytes = shutil.disk_usage(folder).free
    found = f"{free_bytes / _GIB:.1f} GiB free"
    if free_bytes < _LEAST_DISK_BYTES:
        yield Check("disk", "fault", found, "1 GiB or more", f"df -h {folder.resolve()}")
    elif free_bytes < _ENOUGH_DISK_BYTES:
        hint = "a checkpoint of full fine-tuning takes 12 bytes per parameter"
        yield Check("disk", "note", found, "10 GiB or more", hint)
    else:
        yield Check("disk", "ok", found)


def _hub() -> Iterator[Check]:
    cache = hub_cache()
    models = sorted(path.name for path in cache.glob("models--*")) if cache.is_dir() else []
    state = "switched off" if is_offline() else "allowed"
    yield Check("model hub", "ok", f"{state}, {len(models)} models in {cache}")
