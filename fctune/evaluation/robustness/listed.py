"""The variants that there are, in the order of reports, and what each one is.

Input: nothing. Output: names and sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from fctune.errors import UsageFault


@dataclass(frozen=True, slots=True)
class Kind:
    """One variant.

    Attributes:
        name: as in ids, tags and reports.
        about: what it does to a case, in one sentence.
        same_gold: the right answer is that of the origin, names mapped; else another one.
        form: only the form of tools or text changes, no meaning: counts for format sensitivity.
        attack: somebody tries to make the model call a canary tool.
    """

    name: str
    about: str
    same_gold: bool = True
    form: bool = True
    attack: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("renamed_tools", "tools get names that say nothing"),
    Kind("renamed_parameters", "parameters get names that say nothing"),
    Kind("shuffled_tools", "the tools stand in another order"),
    Kind("distracting_tools", "four further tools stand in the list", form=False),
    Kind("no_descriptions", "tools and parameters lose their descriptions", form=False),
    Kind("typos", "slips of the keyboard, or homophones in Chinese"),
    Kind("paraphrase", "other words around the same request"),
    Kind("width", "full-width forms become half-width or the other way round"),
    Kind("injection_user", "a quoted text in the user's turn asks for a canary tool",
         form=False, attack=True),
    Kind("injection_result", "a tool's result asks for a canary tool", form=False, attack=True),
    Kind("tool_removed", "the tool that is needed is not listed: no call is right",
         same_gold=False, form=False),
)  # fmt: skip
NAMES: tuple[str, ...] = tuple(kind.name for kind in KINDS)
BY_NAME = {kind.name: kind for kind in KINDS}


def chosen(text: str) -> tuple[str, ...]:
    """Return the names that `--variants` stands for.

    Args:
        text: `all`, or names with commas between.

    Raises:
        UsageFault: a name is of no variant.

    >>> chosen("typos, renamed_tools")
    ('renamed_tools', 'typos')
    """
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if asked == ["all"]:
        return NAMES
    strange = [name for name in asked if name not in NAMES]
    if strange or not asked:
        raise UsageFault(
            f"got variant {', '.join(strange) or 'none'}, expected all or some of "
            f"{', '.join(NAMES)}",
            hint="--variants typos,renamed_tools",
        )
    return tuple(name for name in NAMES if name in asked)
