"""The recording that `fctune score` judges: predictions, the cases they answer, and their config.

Input: the options of the verb, and a file of predictions. Output: a Recording and its RunConfig.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fctune.cli.contamination import contamination
from fctune.cli.output import out
from fctune.cli.tool_file import read_tools
from fctune.dataset.amounts import amount
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.cases.case_set import CaseSet
    from fctune.evaluation.cases.contamination import Contamination
    from fctune.evaluation.cases.training import TrainingRows
    from fctune.evaluation.replay.recording import Recording
    from fctune.evaluation.report.files import RunConfig
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog


def recorded(given: SimpleNamespace, path: Path) -> tuple[Recording, RunConfig]:
    """Read one file of predictions with the cases that they answer.

    Args:
        given: the options of `fctune score`.
        path: the predictions, or those of a further trial.

    Raises:
        InputFault: the file or the split cannot be read, or they do not belong together.
        UsageFault: options are missing that the file needs.
    """
    from fctune.evaluation.bfcl.score import looks_like_rows

    if given.data is None and looks_like_rows(path):
        return _items(given, path)
    return _predictions(given, path)


def trained_on(given: SimpleNamespace) -> TrainingRows | None:
    """Return the rows of --train, read once; None where it is not given.

    Raises:
        InputFault: they cannot be read.
    """
    if given.train is None:
        return None
    if not hasattr(given, "train_read"):
        from fctune.evaluation.cases.training import read_training

        catalog, mapped = _tools_and_mapping(given)
        given.train_read = read_training(given.train, tools=catalog, mapping=mapped)
    found: TrainingRows = given.train_read
    return found


def refuse_ignored(given: SimpleNamespace, names: tuple[str, ...], why: str) -> None:
    """Refuse options that nothing would look at.

    Args:
        given: the options of `fctune score`.
        names: of their parameters.
        why: what the file is, as a sentence that says why they do not count.

    Raises:
        UsageFault: one of them is given.
    """
    told = [name for name in names if getattr(given, name) not in (None, False)]
    if told:
        words = ", ".join(f"--{name.replace('_', '-')}" for name in told)
        them = "it" if len(told) == 1 else "them"
        raise UsageFault(f"{words}: {why}", where=str(given.predictions), hint=f"leave {them} out")


def refuse_for_items(given: SimpleNamespace) -> None:
    """Refuse options that rows of BFCL items do not need.

    Raises:
        UsageFault: one of them is given.
    """
    names = ("tools", "mapping", "template", "call_format")
    refuse_ignored(given, names, "rows of BFCL items bring their tools and their calls")


def _items(given: SimpleNamespace, path: Path) -> tuple[Recording, RunConfig]:
    """Read rows of BFCL items as cases, for the other modes and for --explain."""
    refuse_for_items(given)
    from fctune.evaluation.replay.item_rows import read_items
    from fctune.evaluation.report.files import RunConfig

    recording = read_items(path)
    cases = recording.case_set
    if rejected := cases.rejected:
        rows = amount(len(rejected), "row")
        first = f"the first: {rejected[0].issues[0]}"
        out.warn(f"{rows} cannot be read as cases{_codes(cases)}, {first}")
    known = _seen(given, path, cases)
    population = cases.population()
    return recording, RunConfig(
        str(path), "", given.seed, population=population, contamination=known
    )


def _predictions(given: SimpleNamespace, path: Path) -> tuple[Recording, RunConfig]:
    from fctune.cli.mapped import fingerprint_of
    from fctune.evaluation.decode import decoder_for, decoder_named
    from fctune.evaluation.replay.recording import read_recording
    from fctune.evaluation.report.files import RunConfig

    before = _config_beside(path)
    catalog, mapped = _tools_and_mapping(given)
    _check_mapping(path, before, fingerprint_of(mapped))
    chosen = given.template or before.get("template") or ""
    decoder = decoder_for(chosen) if chosen else None
    recording = read_recording(
        path,
        decoder=decoder_named(given.call_format) if given.call_format else decoder,
        split=_split(given, chosen or "qwen", mapped, catalog),
        mapping=mapped,
        tools=catalog,
    )
    _tell_left_out(recording, given.data)
    if path == given.predictions:
        _tell_rejected(recording.case_set, given.data)
        _tell_without_tools(recording, path)
    config = RunConfig(
        str(path),
        chosen,
        given.seed,
        before.get("model") or {},
        before.get("max_cases"),
        before.get("population") or recording.case_set.population(),
        fingerprint_of(mapped),
        _seen(given, path, recording.case_set),
    )
    return recording, config


def _seen(given: SimpleNamespace, path: Path, cases: CaseSet) -> Contamination | None:
    """Look the cases up in the training rows: once, not for each trial, nor for one story."""
    if path != given.predictions or given.explain is not None:
        return None
    catalog, mapped = _tools_and_mapping(given)
    return contamination(cases, given.data, trained_on(given), tools=catalog, mapping=mapped)


def _tools_and_mapping(given: SimpleNamespace) -> tuple[ToolCatalog | None, ToolMapping | None]:
    """Return the tools of --tools, and the mapping of --mapping or of that file; told once."""
    if given.tools is None and given.mapping is None:
        return None, None
    if not hasattr(given, "tools_read"):
        from fctune.cli.mapped import read_mapping

        catalog = read_tools(given.tools)
        mapped = read_mapping(given.mapping, tools=given.tools, catalog=catalog)
        given.tools_read = catalog, mapped
    found: tuple[ToolCatalog | None, ToolMapping | None] = given.tools_read
    return found


def _split(
    given: SimpleNamespace, template: str, mapping: ToolMapping | None, tools: ToolCatalog | None
) -> CaseSet | None:
    """Return the cases of --data."""
    if given.data is None:
        return None
    from fctune.evaluation.cases.by_content import read_any_cases

    return read_any_cases(
        given.data,
        template=template,
        mapping=mapping,
        answers=given.answers,
        underscore_to_dot=given.underscore_to_dot,
        tools=tools,
    )


def _tell_without_tools(recording: Recording, path: Path) -> None:
    """Warn about rows of which nobody knows what the model could call."""
    cases = recording.case_set.cases
    count = sum(not case.tools_told for case in cases)
    if count:
        out.warn(
            f"{path}: {count} of {amount(len(cases), 'row brings', 'rows bring')} no tools: what "
            "needs the tools (schema validity, hallucinated tools and parameters) counts nothing "
            "there",
            hint="add --tools FILE with the catalogue, --data with the split that was asked, or a "
            "key tools to each row",
        )


def _tell_left_out(recording: Recording, data: Path | None) -> None:
    """Warn about predictions that answer no case of the split, and rows that cannot be used."""
    if recording.strangers:
        total = recording.strangers + len(recording.predictions)
        are = amount(total, "prediction is", "predictions are")
        out.warn(f"{recording.strangers} of {are} of no case of {data}")
    if recording.rejected:
        first = recording.rejected[0]
        out.warn(
            f"{amount(len(recording.rejected), 'row')} of the recording cannot be used"
            f"{'' if data else _codes(recording.case_set)}, the first at {first.origin}: "
            f"{first.issues[0]}"
        )


def _tell_rejected(cases: CaseSet, data: Path | None) -> None:
    """Warn about rows of --data that give no case."""
    if data is not None and cases.rejected:
        rows = amount(cases.rows, "row")
        out.warn(f"{len(cases.rejected)} of {rows} of {data} give no case{_codes(cases)}")


def _codes(cases: CaseSet) -> str:
    """Return why rows were rejected, in brackets."""
    by_code = cases.account()["rejected_by_code"]
    codes = by_code.items() if isinstance(by_code, dict) else ()
    return f" ({', '.join(f'{code} {count}' for code, count in codes)})" if codes else ""


def _check_mapping(predictions: Path, recorded: dict[str, Any], given: str) -> None:
    """Refuse to read answers without the mapping that they were read with before."""
    before = recorded.get("mapping")
    if before and not given:
        raise UsageFault(
            "the answers were read with a mapping before, and none is given",
            where=str(predictions),
            hint="add --mapping with the same file",
        )
    if before and before != given:
        out.warn("the mapping is another than the answers were read with before")


def _config_beside(predictions: Path) -> dict[str, Any]:
    """Return the config of the results beside the predictions, where there are any."""
    from fctune.evaluation.report.files import RESULTS
    from fctune.jsonl import read_json

    beside = predictions.parent / RESULTS
    results = read_json(beside) if beside.is_file() else None
    config = results.get("config") if isinstance(results, dict) else None
    return config if isinstance(config, dict) else {}
