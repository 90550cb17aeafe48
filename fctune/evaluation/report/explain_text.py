"""The story of one case as lines, for a terminal or a log.

Input: an Explanation. Output: lines of text and a style for each, which the command line prints.
`trace_lines` is the short form: what `fctune eval --trace` tells while a run goes on.

After:  order_7#1  VALUE  track.id: got "A2", expected "A1"
          user       Where is A1?
          expected   track(id="A1")
          said       <tool_call>{"name": "track", ...}</tool_call>
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.matching.equality import shown
from fctune.evaluation.matching.match import Pair, Slot
from fctune.evaluation.outcomes.judge import EvalOutcome
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.explain import Explanation
from fctune.tools.spec import ToolCall

# A line and its style, in the words of the printer.
Line = tuple[str, str]
_MAX_LINE = 400
_MAX_LINES = 40
_WIDTH = 10


def trace_lines(case: EvalCase, prediction: Prediction, outcome: EvalOutcome) -> list[str]:
    """Return a case as it is judged: one line where it is right, a short block where not.

    Args:
        case: what was asked.
        prediction: what the model said.
        outcome: the verdict.
    """
    head = f"{case.id}  {outcome.outcome.value.upper()}"
    if outcome.correct:
        what = _calls(prediction.decoded.calls) or _short(prediction.decoded.text)
        return [f"{head}  {what}".rstrip()]
    question = next((m["content"] for m in reversed(case.messages) if m["role"] == "user"), "")
    lines = [f"{head}  {outcome.reason}".rstrip()]
    for name, text in (
        ("user", question),
        ("expected", _calls(case.calls) or case.text),
        ("said", prediction.shown_text or _calls(prediction.decoded.calls)),
    ):
        lines.append(f"  {name:<{_WIDTH}} {_short(text)}".rstrip())
    return lines


def story_lines(story: Explanation) -> list[Line]:
    """Return the whole story: verdicts, turns, tools, what was said and read, each argument."""
    parts: list[tuple[str, Iterator[Line]]] = [
        ("verdicts", _verdicts(story)),
        ("conversation", _turns(story)),
        ("tools", _tools(story)),
        ("expected", _expected(story)),
        ("said", _said(story)),
        ("read as", _read(story)),
        ("call by call", _pairs(story)),
    ]
    case = story.case
    lines: list[Line] = [(f"{case.id}  ({case.lesson}, {case.origin})", "bold")]
    for title, content in parts:
        found = list(content)
        if found:
            lines += [("", ""), (title, "bold"), *found]
    return lines


def _verdicts(story: Explanation) -> Iterator[Line]:
    for mode, found in story.verdicts.items():
        style = "green" if found.correct else "yellow" if found.correct is None else "red"
        mark = "*" if mode is story.mode else " "
        yield f"{mark} {mode.value:<9} {found.outcome.value:<16} {found.reason}".rstrip(), style
    decided = story.outcome.decided.value if story.outcome.decided else "-"
    expected = story.outcome.expected.value if story.outcome.expected else "-"
    yield f"  decision  {decided}, expected {expected}", ""


def _turns(story: Explanation) -> Iterator[Line]:
    if story.case.system:
        yield from _block("system", story.case.system)
    for message in story.case.messages:
        yield from _block(message["role"], message["content"])


def _tools(story: Explanation) -> Iterator[Line]:
    for spec in story.case.catalog:
        properties = spec.parameters.get("properties")
        names = list(properties) if isinstance(properties, dict) else []
        required = spec.parameters.get("required")
        needed = set(required) if isinstance(required, list) else set()
        told = ", ".join(name if name in needed else f"{name}?" for name in names)
        yield f"  {_short(f'{spec.name}({told}): {spec.description}')}".rstrip(" :"), ""


def _expected(story: Explanation) -> Iterator[Line]:
    for call in story.case.calls:
        yield f"  {_call(call)}", ""
    if story.case.text:
        yield from _block("words", story.case.text)


def _said(story: Explanation) -> Iterator[Line]:
    prediction = story.prediction
    if prediction.shown_text is not None:
        yield from ((f"  {line}", "") for line in _clipped(prediction.shown_text))
    elif prediction.decoded.calls:
        yield "  (recorded as calls)", "dim"
    if prediction.finish_reason not in ("stop", "unknown"):
        yield f"  ended by {prediction.finish_reason} {prediction.error}".rstrip(), "yellow"


def _read(story: Explanation) -> Iterator[Line]:
    decoded = story.prediction.decoded
    if decoded.malformed:
        yield f"  malformed: {decoded.detail}", "red"
        if decoded.repaired is not None:
            yield f"  repaired ({', '.join(decoded.repairs)}): {_calls(decoded.repaired)}", "yellow"
    for told in story.calls:
        yield f"  {_call(told.call)}", ""
        yield from ((f"    {issue}", "red") for issue in told.issues)
        for name in told.ungrounded:
            value = shown(told.call.arguments[name])
            yield f"    {name} = {value} is said nowhere before (heuristic)", "yellow"
    if decoded.text and not decoded.malformed:
        yield from _block("words", decoded.text)


def _pairs(story: Explanation) -> Iterator[Line]:
    match = story.match
    for pair in match.pairs:
        yield f"  {pair.gold.name}: {'right' if pair.exact else 'wrong'}", _style(pair.exact)
        for slot in pair.slots:
            yield _slot(pair, slot), _style(slot.right)
    for call in match.missing:
        yield f"  not called: {_call(call)}", "red"
    for call in match.extra:
        yield f"  not expected: {_call(call)}", "red"


def _slot(pair: Pair, slot: Slot) -> str:
    gold = shown(pair.gold.arguments[slot.name]) if slot.in_gold else "-"
    called = shown(pair.predicted.arguments[slot.name]) if slot.in_predicted else "-"
    word = "left aside" if slot.neutral else "right" if slot.right else "wrong"
    return f"    {slot.name}: expected {gold}, got {called}: {word}"


def _style(right: bool) -> str:
    return "green" if right else "red"


def _call(call: ToolCall) -> str:
    inner = ", ".join(f"{name}={shown(value)}" for name, value in call.arguments.items())
    return f"{call.name}({inner})"


def _calls(calls: Sequence[ToolCall]) -> str:
    return "; ".join(map(_call, calls))


def _block(name: str, text: str) -> Iterator[Line]:
    lines = _clipped(text) or [""]
    yield f"  {name:<{_WIDTH}} {lines[0]}".rstrip(), ""
    for line in lines[1:]:
        yield f"  {'':<{_WIDTH}} {line}".rstrip(), ""


def _clipped(text: str) -> list[str]:
    lines = [_short(line, one_line=False) for line in text.splitlines()]
    more = len(lines) - _MAX_LINES
    return [*lines[:_MAX_LINES], f"... {more} more lines"] if more > 0 else lines


def _short(text: str, *, one_line: bool = True) -> str:
    flat = " ".join(text.split()) if one_line else text
    return flat if len(flat) <= _MAX_LINE else f"{flat[:_MAX_LINE]} ... ({len(flat)} characters)"
