"""`fctune eval --dry-run`: who would be asked what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fctune.cli.output import out

if TYPE_CHECKING:
    from fctune.cli.eval_asked import Asked
    from fctune.cli.eval_backend import Backend


def show_plan(backend: Backend, asked: Asked, *, json: bool) -> None:
    """Say what would be asked; no model is loaded and nothing is sent."""
    cases = asked.cases.cases
    calls = sum(case.mode == "call" for case in cases)
    account = asked.cases.account()
    if json:
        out.json(
            {
                **backend.settings,
                "calls": calls,
                "no_calls": len(cases) - calls,
                **({"variants": asked.variants} if asked.variants else {}),
                "data": account,
            }
        )
        return
    template = f" (template {backend.template})" if backend.template else ""
    out.data(
        f"would ask {backend.source}{template} {account['cases']} cases, {calls} with a call, "
        f"from {account['conversations']} of {account['rows']} rows of {account['path']}"
    )
    if rejected := account["rejected"]:
        codes = ", ".join(f"{code} {n}" for code, n in account["rejected_by_code"].items())
        out.warn(f"{rejected} of {account['rows']} rows would not be asked: {codes}")
    if asked.variants:
        listed = ", ".join(f"{name} {count}" for name, count in asked.variants.items())
        out.data(f"variants among them: {listed}")
