"""DeepSpeed configs: the one fact that recipes need, the ZeRO stage.

Input: the value of the engine's `deepspeed` key. Output: 0 to 3, or None where it cannot be told.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def zero_stage(config: Any) -> int | None:
    """Return the ZeRO stage of a DeepSpeed config.

    Args:
        config: None, a mapping, or the path of a JSON file; a missing file is found by preflight.

    >>> zero_stage({"zero_optimization": {"stage": 3}})
    3
    """
    if isinstance(config, str):
        try:
            config = json.loads(Path(config).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
    if not isinstance(config, dict):
        return None
    section = config.get("zero_optimization")
    stage = section.get("stage") if isinstance(section, dict) else None
    return stage if isinstance(stage, int) else None
