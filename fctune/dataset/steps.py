"""The steps of a build that change a conversation and leave it one: in their order.

Input: BuildOptions. Output: the steps that are asked for.
"""

from __future__ import annotations

from functools import partial

from fctune.dataset.options import BuildOptions
from fctune.dataset.stepped import Step
from fctune.dataset.thoughts import thoughts


def steps_of(options: BuildOptions) -> tuple[Step, ...]:
    """Return the steps; none is the rule, and then rows are written as they are read."""
    steps: list[Step] = []
    if options.thought_words is not None:
        steps.append(partial(thoughts, words=options.thought_words))
    # What few builds ask for is imported where it is.
    if options.redact is not None:
        from fctune.dataset.redact import redact

        steps.append(partial(redact, salt=options.redact.salt, kinds=options.redact.kinds))
    if options.distractors is not None:
        from fctune.dataset.distractors import DistractorStep

        steps.append(DistractorStep(options.distractors))
    return tuple(steps)
