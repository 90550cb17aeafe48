"""The options of `fctune prepare` as one value, and what cannot be meant together.

Input: what was given, by the names of the parameters. Output: BuildOptions.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from fctune.cli.mapped import read_mapping
from fctune.cli.output import out
from fctune.cli.prepare_recipe import recipe_switches
from fctune.cli.tool_file import read_tools
from fctune.errors import UsageFault
from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.dataset.distractors import Distractors
    from fctune.dataset.heldout import HeldOut
    from fctune.dataset.lengths import OverLong
    from fctune.dataset.options import BuildOptions, Redaction
    from fctune.dataset.prefixes import Each
    from fctune.dataset.sources import Reading
    from fctune.dataset.switches import Switches

NAME = regex(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z")
SALT = "FCTUNE_REDACT_SALT"


def options_of(given: SimpleNamespace) -> BuildOptions:
    """Return the options of the build.

    Raises:
        UsageFault: a value is not possible, or two options contradict each other.
        InputFault: a file that an option names cannot be used.
    """
    from fctune.dataset.mix import parse_ratio
    from fctune.dataset.mixing import parse_weights
    from fctune.dataset.options import BuildOptions
    from fctune.dataset.split import Shares

    _check_together(given)
    _check_template(given.template)
    name, reading = _name(given.name, given.raw), reading_of(given)
    return BuildOptions(
        name=name,
        folder=given.out_dir,
        sources=tuple(given.raw),
        reading=reading,
        template=given.template,
        shares=Shares(dev=given.dev, test=given.test),
        ratio=parse_ratio(given.mix),
        lessons=parse_weights(given.lessons) if given.lessons else {},
        upsample=given.upsample,
        max_repeat=given.max_repeat,
        cap_per_tool=given.cap_per_tool,
        seed=given.seed,
        model=given.model,
        cutoff_len=given.cutoff_len,
        over_long=_over_long(given.over_long, measured=given.model is not None),
        carry=given.carry,
        thought_words=_thoughts(given.thoughts, given.template),
        prefix_rows=_prefixes(given.prefix_each) if given.prefix_rows else None,
        redact=_redaction(given, name),
        distractors=_distractors(given, reading),
        held_out=_held_out(given.hold_out_tools, given.seed),
        near_dup=given.near_dup_threshold if given.near_dup else None,
        switches=_switches(given),
        drop_prefixes=given.drop_prefixes,
        workers=given.workers,
        ray=_is_ray(given.engine),
        ray_address=given.ray_address,
    )


def _check_together(given: SimpleNamespace) -> None:
    """Refuse options that do nothing without another one."""
    windows = given.over_long == "window"
    needs = (
        ("--redact-kinds", given.redact_kinds is not None, "--redact", given.redact),
        ("--prefix-each", given.prefix_each != "call", "--prefix-rows", given.prefix_rows),
        ("--near-dup-threshold", given.near_dup_threshold != 0.9, "--near-dup", given.near_dup),
        ("--upsample", given.upsample, "--lessons call=1,ask_back=0.5", bool(given.lessons)),
        ("--carry", given.carry != 1, "--over-long window", windows),
        ("--max-repeat", given.max_repeat != 4, "--upsample", given.upsample),
        ("--tell-examples", given.tell_examples != 0, "--tools", _tells(given)),
        ("--ray-address", given.ray_address is not None, "--engine ray", given.engine == "ray"),
    )
    for option, is_given, other, is_there in needs:
        if is_given and not is_there:
            raise UsageFault(f"{option} does nothing without {other}", hint=f"add {other}")


def _tells(given: SimpleNamespace) -> bool:
    return given.tools is not None or given.mapping is not None


def _switches(given: SimpleNamespace) -> Switches:
    """Return the switches: those of the command line over those of the recipe."""
    from fctune.dataset.switches import parse_switches

    base = recipe_switches(given.recipe)
    if given.system is not None:  # then writing it is no repair, but what was asked for
        base = {"system-default": "warn", **base}
    return parse_switches(given.switch or (), strict=given.strict, base=base)


def _held_out(text: str | None, seed: int) -> HeldOut | None:
    from fctune.dataset.heldout import parse_held_out

    found = parse_held_out(text, seed=seed) if text is not None else None
    return found if found is not None and (found.names or found.count) else None


def _over_long(text: str, *, measured: bool) -> OverLong:
    from fctune.dataset.lengths import OverLong

    if text not in {policy.value for policy in OverLong}:
        raise UsageFault(f"got --over-long {text!r}, expected drop or window")
    if text == OverLong.WINDOW.value and not measured:
        raise UsageFault(
            "got --over-long window without --model, so that no length is known",
            hint="add --model, a folder or id, whose tokens are counted",
        )
    return OverLong(text)


def _thoughts(text: str, template: str) -> tuple[str, str] | None:
    """Return the words around a thought where thoughts are kept."""
    from fctune.engine.thoughts import THOUGHT_WORDS, thought_words_of

    if text not in ("remove", "keep"):
        raise UsageFault(f"got --thoughts {text!r}, expected remove or keep")
    if text == "remove":
        return None
    words = thought_words_of(template)
    if words is None:
        raise UsageFault(
            f"got --thoughts keep, and template {template} has no form for a thought",
            hint=f"one of these has: {', '.join(sorted(THOUGHT_WORDS))}",
        )
    return words


def _prefixes(text: str) -> Each:
    from fctune.dataset.prefixes import Each

    if text not in {each.value for each in Each}:
        raise UsageFault(f"got --prefix-each {text!r}, expected call or turn")
    return Each(text)


def _is_ray(text: str) -> bool:
    if text not in ("local", "ray"):
        raise UsageFault(f"got --engine {text!r}, expected local or ray")
    return text == "ray"


def _redaction(given: SimpleNamespace, name: str) -> Redaction | None:
    """Return how personal data are masked; the salt comes from the environment alone."""
    from fctune.conversations.personal_patterns import DEFAULT_KINDS, Kind
    from fctune.dataset.options import Redaction

    if not given.redact:
        return None
    salt = os.environ.get(SALT, "")
    if not salt:
        out.note(f"redact: {SALT} is not set, so that who has the tool can test values on masks")
    kinds = DEFAULT_KINDS
    if given.redact_kinds:
        by_word = {kind.value.removeprefix("personal-"): kind for kind in Kind}
        words = [word.strip() for word in given.redact_kinds.split(",")]
        unknown = [word for word in words if word not in by_word]
        if unknown:
            raise UsageFault(
                f"got --redact-kinds {unknown[0]!r}, expected some of {', '.join(by_word)}"
            )
        kinds = frozenset(by_word[word] for word in words)
    return Redaction(salt or f"fctune:{name}:{given.seed}", kinds)


def _distractors(given: SimpleNamespace, reading: Reading) -> Distractors | None:
    pool = reading.tools if given.distractors else None
    if given.distractor_pool is not None:
        pool = read_tools(given.distractor_pool)
    elif given.distractors and pool is None:
        raise UsageFault(
            "got --distractors without tools to add",
            hint="add --tools tools.yaml, or --distractor-pool tools.yaml",
        )
    if pool is None and given.max_tools is None and given.tool_tokens is None:
        return None
    from fctune.dataset.distractors import Distractors

    return Distractors(given.tool_tokens, given.max_tools, pool, given.seed)


def _check_template(template: str) -> None:
    from fctune.engine.arguments import engine_templates, nearest

    known = engine_templates()
    if template not in known:
        like = nearest(template, known)
        raise UsageFault(
            f"got --template {template!r}, expected one of the engine's {len(known)} templates",
            hint=f"--template {like or 'qwen'}",
        )


def _name(name: str | None, raw: list[Path]) -> str:
    derived = re.sub(r"[^A-Za-z0-9_-]+", "_", _stem(raw[0])).lstrip("_-") or "dataset"
    wanted = name if name is not None else derived
    if not NAME.match(wanted):
        raise UsageFault(
            f"got dataset name {wanted!r}, expected letters, digits, _ and -, as the engine "
            "splits names at commas",
            hint="--name shop",
        )
    return wanted


def _stem(path: Path) -> str:
    try:
        name = path.resolve().name
    except (OSError, RuntimeError):  # a link that leads to itself: told where it is read
        name = path.name
    return name.split(".")[0]


def reading_of(given: SimpleNamespace) -> Reading:
    """Return how rows are read: in which format, with which tools, on whose side of a mapping.

    Raises:
        UsageFault: no format has the name.
        InputFault: a file that an option names cannot be used.
    """
    from fctune.conversations.registered import choose
    from fctune.dataset.sources import Reading
    from fctune.tools.describe import told

    reading = Reading(format=choose(given.format), thoughts=given.thoughts == "keep")
    if given.system is not None:
        reading = replace(reading, system=given.system)
    catalog = read_tools(given.tools)
    mapped = read_mapping(given.mapping, tools=given.tools, catalog=catalog)
    if mapped is not None:
        mapped = replace(mapped, catalog=told(mapped.catalog, examples=given.tell_examples))
        if catalog is None and mapped.catalog.specs:
            return replace(reading, tools=mapped.catalog, mapping=mapped)
    if catalog is not None:
        catalog = told(catalog, examples=given.tell_examples)
    return replace(reading, tools=catalog, mapping=mapped)
