"""What a reader must know of a run as a whole, each in one sentence.

Input: the content of results.json, without its remarks. Output: sentences, for results.json and the
reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def remarks(content: Mapping[str, Any]) -> list[str]:
    """Return the remarks on a run; none where there is nothing out of the ordinary.

    Args:
        content: with `n`, `empty_answers`, `contamination` and `data`.
    """
    told = []
    if empty := content["empty_answers"]:
        told.append(
            f"{empty} of {content['n']} answers are empty: the model produced nothing, or no more "
            "than a thought. They make no call, and do none of call, answer, ask and refuse."
        )
    if without := content["data"]["without_tools"]:
        told.append(
            f"{without} of {content['data']['cases']} cases do not tell which tools the model had: "
            "what needs the tools (schema validity, hallucinated tools and parameters) counts "
            "nothing there."
        )
    found = content["contamination"]
    if found and found["in_training"]:
        told.append(
            f"{found['in_training']} of {found['cases']} cases have a prompt that stands in the "
            f"training rows of {found['training']} (`contamination` in results.json): their "
            "figures may tell of memory."
        )
    return told
