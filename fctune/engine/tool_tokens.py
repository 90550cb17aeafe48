"""Tokens of each tool, counted with a model's tokenizer and a template of the engine.

Role: the exact counterpart of `fctune.tools.size.estimated`. Input: a bound template and tools.
Output: `Sizes`. A tool that the template cannot print has no count: its estimate stands in, and
`fctune.engine.hazards` says what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from fctune.engine.prompts import Thinking, prompt_ids
from fctune.engine.templates import EngineMessage, EngineTemplate
from fctune.tools.size import Sizes, estimate, prompt_text
from fctune.tools.spec import ToolSpec

_SYSTEM = "You help."  # some templates frame tools otherwise where there is no system text
_QUESTION: list[EngineMessage] = [EngineMessage(role="user", content="Hello")]
_THINKING = Thinking(asked=True)  # no thought stands in the prompt


def counted(template: EngineTemplate, specs: Sequence[ToolSpec]) -> Sizes:
    """Return what the tools cost in the prompt of a template.

    A tool costs what the prompt grows by where it stands a second time, so that the words around
    the tools are not counted for each.

    Args:
        template: bound to the model's tokenizer.
        specs: the tools.
    """
    bare = _length(template, []) or 0
    each: list[int] = []
    frame = 0
    for spec in specs:
        once, twice = _length(template, [spec]), _length(template, [spec, spec])
        if once is None or twice is None:
            each.append(estimate(prompt_text(spec)))
            continue
        each.append(twice - once)
        frame = frame or once - bare - (twice - once)
    return Sizes(tuple(each), max(frame, 0), template.name)


def _length(template: EngineTemplate, specs: Sequence[ToolSpec]) -> int | None:
    """Return the tokens of a prompt with these tools, or None where the engine stops on them."""
    tools = json.dumps([spec.as_dict() for spec in specs], ensure_ascii=False) if specs else ""
    try:
        return len(prompt_ids(template, _SYSTEM, tools, _QUESTION, _THINKING))
    except (TypeError, AttributeError, KeyError, ValueError, RuntimeError):
        return None
