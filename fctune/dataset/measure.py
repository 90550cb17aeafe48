"""The measure of a build: tokens of a conversation as its template and model count them.

Input: BuildOptions. Output: a Measure, or None where no model is given. Each process loads its own.
"""

from __future__ import annotations

from fctune.conversations.families import family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.dataset.lengths import Measure
from fctune.dataset.options import BuildOptions


def load_measure(options: BuildOptions) -> Measure | None:
    """Return what counts the tokens of a conversation.

    Raises:
        EnvironmentFault: the engine is not installed.
        InputFault: the model's tokenizer cannot be loaded.
    """
    if options.model is None:
        return None
    from fctune.engine.templates import EngineTemplate

    template = EngineTemplate.load(options.model, options.template)
    joiner = family_of(options.template).joiner
    return lambda conversation: template.row_length(
        to_row(conversation, joiner=joiner, thought_words=options.thought_words)
    )
