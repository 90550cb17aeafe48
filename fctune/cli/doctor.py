"""`fctune doctor`: the installation, with the exact command that mends each fault."""

from __future__ import annotations

from fctune.cli.options import JsonOpt
from fctune.cli.output import out


def command(*, json: JsonOpt = False) -> None:
    """Look at Python, the engine's packages, devices, disk and model cache.

    Exit code 4 where something that training needs is missing or of a wrong version.

    Example: fctune doctor --json
    """
    from fctune.errors import EnvironmentFault
    from fctune.run.health import examine

    checks = examine()
    faults = [check for check in checks if check.state == "fault"]
    if json:
        out.json({"ok": not faults, "checks": [check.as_dict() for check in checks]})
    else:
        rows = [[check.state, check.name, check.found, check.expected] for check in checks]
        out.table(["state", "what", "found", "expected"], rows)
        for hint in dict.fromkeys(check.hint for check in checks if check.hint):
            names = ", ".join(check.name for check in checks if check.hint == hint)
            out.note(f"{names}: {hint}")
    if faults:
        listed = ", ".join(f"{check.name} ({check.found})" for check in faults)
        message = f"{len(faults)} of {len(checks)} checks failed: {listed}"
        raise EnvironmentFault(message, hint=faults[0].hint)
