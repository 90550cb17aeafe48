"""The settings of a build as its manifest tells them: enough to make the same dataset again.

Input: BuildOptions. Output: a JSON-ready object. What does not change the bytes (the number of
workers, where the files lie) is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fctune.conversations.registered import FormatChoice
from fctune.dataset.options import BuildOptions

if TYPE_CHECKING:
    from fctune.dataset.distractors import Distractors


def settings_of(options: BuildOptions) -> dict[str, Any]:
    """Return the options that shaped the dataset; the salt of masks is never among them."""
    reading, pool = options.reading, options.distractors
    redact, held = options.redact, options.held_out
    return {
        "template": options.template,
        "format": _format(reading.format),
        "system": reading.system,
        "tools_fingerprint": reading.tools.fingerprint if reading.tools else None,
        "mapping_fingerprint": reading.mapping.fingerprint if reading.mapping else None,
        "drop_prefixes": options.drop_prefixes,
        **options.switches.as_dict(),
        "thoughts": "keep" if options.thought_words else "remove",
        "redact": sorted(kind.value for kind in redact.kinds) if redact else None,
        "prefix_rows": options.prefix_rows.value if options.prefix_rows else None,
        "distractors": _distractors(pool) if pool else None,
        "model": options.model,
        "cutoff_len": options.cutoff_len,
        "over_long": options.over_long.value,
        "carry": options.carry,
        "near_dup": options.near_dup,
        "dev": options.shares.dev,
        "test": options.shares.test,
        "hold_out_tools": list(held.names) or held.count if held else None,
        "mix": options.ratio,
        "lessons": dict(options.lessons),
        "upsample": options.upsample,
        "max_repeat": options.max_repeat,
        "cap_per_tool": options.cap_per_tool,
        "seed": options.seed,
    }


def _format(choice: FormatChoice) -> Any:
    """Return the name of a format, with the fingerprint of what a file of the user says."""
    if choice is None or isinstance(choice, str):
        return choice or "auto"
    if isinstance(choice, tuple):
        return [_format(one) for one in choice]
    fingerprint = getattr(choice, "fingerprint", "")
    return f"{choice.name}@{fingerprint}" if fingerprint else choice.name


def _distractors(wish: Distractors) -> dict[str, Any]:
    return {
        "most": wish.most,
        "budget_tokens": wish.budget_tokens,
        "pool_fingerprint": wish.pool.fingerprint if wish.pool else None,
    }
