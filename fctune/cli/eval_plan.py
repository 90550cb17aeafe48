"""What is told before anything is asked: who would be asked what, and which rows would not be.

Input: a Backend and what is asked. Output: lines on stdout for --dry-run, warnings on stderr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fctune.cli.output import out
from fctune.dataset.amounts import amount

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
    rows = asked.cases.rows
    template = f" (template {backend.template})" if backend.template else ""
    out.data(
        f"would ask {backend.source}{template} {amount(len(cases), 'case')}, {calls} with a call, "
        f"from {account['conversations']} of {amount(rows, 'row')} of {account['path']}"
    )
    if asked.variants:
        listed = ", ".join(f"{name} {count}" for name, count in asked.variants.items())
        out.data(f"variants among them: {listed}")


def warn_of_rejected(asked: Asked) -> None:
    """Warn of rows that give no case, by what is wrong with them."""
    account = asked.cases.account()
    rejected, by_code = asked.cases.rejected, account["rejected_by_code"]
    if not rejected or not isinstance(by_code, dict):
        return
    codes = ", ".join(f"{code} {count}" for code, count in by_code.items())
    elsewhere = asked.wanted.tools is None and "call-unknown-tool" in by_code
    out.warn(
        f"{len(rejected)} of {amount(asked.cases.rows, 'row')} would not be asked: {codes}",
        hint="add --tools FILE, if their tools lie in another file" if elsewhere else "",
    )
