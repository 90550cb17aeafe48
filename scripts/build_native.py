"""Build the compiled part of fctune (fctune/native/core) with cargo, where cargo is there.

Role: a hook of the build of wheels and of editable installs, and a command. Without cargo nothing
is built, and fctune does the same work in Python, more slowly. Output: a shared library beside
fctune/native/library.py, which finds it there.
Command: python scripts/build_native.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # as a command
    BuildHookInterface = object

NAMES = {"darwin": "libfctune_core.dylib", "win32": "fctune_core.dll"}
NAME = NAMES.get(sys.platform, "libfctune_core.so")


def build(root: Path) -> Path | None:
    """Build the library and put it into place; None where there is no cargo.

    Raises:
        CalledProcessError: cargo failed.
    """
    cargo = shutil.which("cargo")
    if cargo is None:
        return None
    core = root / "fctune" / "native" / "core"
    command = [cargo, "build", "--release", "--quiet", "--offline", "--locked"]
    target = core / "target"
    subprocess.run([*command, "--target-dir", str(target)], cwd=core, check=True)
    place = core.parent / NAME
    fresh = place.with_suffix(".new")
    shutil.copyfile(target / "release" / NAME, fresh)
    fresh.replace(place)  # a process that has the old one open keeps it
    return place


class NativeBuild(BuildHookInterface):  # type: ignore[misc,valid-type]
    """The hook that pyproject.toml names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before files are gathered; what cannot be built is left out."""
        try:
            place = build(Path(self.root))
        except (OSError, subprocess.CalledProcessError) as fault:
            print(f"fctune: the compiled part was not built: {fault}", file=sys.stderr)
            return
        if place is None or version == "editable":
            return
        from packaging.tags import sys_tags

        build_data["force_include"][str(place)] = f"fctune/native/{place.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(sys_tags()).platform}"


if __name__ == "__main__":
    built = build(Path(__file__).resolve().parents[1])
    print(built or "no cargo was found: nothing was built, fctune works without it")
