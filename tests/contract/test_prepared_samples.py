"""What the engine does with every real sample set that is prepared: it skips no row and cuts none.

Each set is prepared for two families with the tokens of the real tokenizer, and then read by the
engine's own converter and by its own processor of supervised rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.assemble import assemble
from fctune.conversations.families import family_of
from fctune.conversations.formats import sharegpt
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.turns import ModelTurn
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.manifest import DatasetManifest
from fctune.dataset.registry import entry
from fctune.dataset.split import Shares
from fctune.dataset.write import write
from fctune.engine.templates import EngineTemplate
from fctune.errors import FctuneError
from fctune.jsonl import read_rows
from tests.conftest import ROOT, SHARED

pytestmark = pytest.mark.contract
MOST_ROWS = 350
TEMPLATES = ("qwen3_nothink", "llama3")
# Sets that hold questions without answers, or tools without conversations.
WITHOUT_ROWS = {"acebench", "bfcl_v4", "mcp_tools_list", "tools_only_openapi_jarvis",
                "tutorial_tool_use"}  # fmt: skip


def sample_sets() -> list[Path]:
    roots = [ROOT / "data" / "raw", SHARED / "raw"]
    found = (path for root in roots if root.is_dir() for path in sorted(root.iterdir()))
    return [path for path in found if path.is_dir()]


@dataclass(frozen=True)
class Prepared:
    """A prepared set: its folder, its accounts, and the longest row in tokens."""

    folder: Path
    manifest: DatasetManifest
    longest: int
    template: EngineTemplate


def prepared(source: Path, folder: Path, model: Path, name: str) -> Prepared | None:
    """Prepare a set without a limit; the engine then gets the longest row as its limit."""
    template = EngineTemplate.load(model, name)
    joiner = family_of(name).joiner

    def measure(row: Any) -> int:
        return template.row_length(to_row(row, joiner=joiner))

    options = BuildOptions(
        "rows", folder, (few(source, folder),), template=name, cutoff_len=1_000_000,
        shares=Shares(0, 0),
    )  # fmt: skip
    with build(options, measure=measure) as dataset:
        if not dataset.manifest.kept:
            return None
        lengths = dataset.manifest.lengths
        assert lengths is not None and lengths["counted"] == "tokenizer"
        return Prepared(folder, write(dataset, folder), int(lengths["max"]), template)


def few(source: Path, folder: Path) -> Path:
    """Write the first rows of each file of a set as lines, as they are."""
    folder.mkdir(parents=True)
    raw = folder / "raw"
    raw.mkdir()
    files = [path for path in source.iterdir() if path.suffix in (".json", ".jsonl", ".csv")]
    left = MOST_ROWS
    for done, path in enumerate(sorted(files, key=lambda path: (path.stat().st_size, path.name))):
        lines: list[str] = []
        try:
            for row in read_rows(path):
                if row.value is not None and len(lines) < left // (len(files) - done):
                    lines.append(json.dumps(row.value, ensure_ascii=False) + "\n")
        except FctuneError:
            continue  # a table of something else
        left -= len(lines)
        (raw / f"{path.stem}.jsonl").write_text("".join(lines), encoding="utf-8")
    return raw


@pytest.fixture(scope="module", params=TEMPLATES)
def sets(
    request: pytest.FixtureRequest, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Prepared]]:
    """Prepare every sample set for one template."""
    root = tmp_path_factory.mktemp(request.param)
    found = {}
    for number, source in enumerate(sample_sets()):
        one = prepared(source, root / str(number), tiny_model, request.param)
        if one is not None:
            found[f"{source.parent.parent.name}/{source.name}"] = one
    yield found


def engine_rows(one: Prepared, cutoff_len: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many rows the engine's converter gives, and what its processor makes of them."""
    from datasets import load_dataset
    from llamafactory.data.converter import align_dataset
    from llamafactory.data.parser import DatasetAttr
    from llamafactory.data.processor import SupervisedDatasetProcessor
    from llamafactory.hparams import DataArguments
    from transformers import Seq2SeqTrainingArguments

    (written,) = [w for n, w in one.manifest.files.items() if n == "rows_train"]
    attributes = DatasetAttr("file", dataset_name=written.file)
    attributes.join(entry(written.file))
    arguments = DataArguments(
        template=one.template.name, cutoff_len=cutoff_len, preprocessing_num_workers=1,
        overwrite_cache=True,
    )  # fmt: skip
    training = Seq2SeqTrainingArguments(output_dir=str(one.folder / "out"), use_cpu=True)
    raw = load_dataset("json", data_files=str(one.folder / written.file), split="train",
                       cache_dir=str(one.folder / "cache"))  # fmt: skip
    aligned = align_dataset(raw, attributes, arguments, training)
    processor = SupervisedDatasetProcessor(
        template=one.template.template, tokenizer=one.template.tokenizer, processor=None,
        data_args=arguments,
    )  # fmt: skip
    batch = {key: aligned[key] for key in aligned.column_names}
    made = processor.preprocess_dataset(batch)
    rows = [dict(zip(made, values, strict=True)) for values in zip(*made.values(), strict=True)]
    return len(aligned), rows


def test_the_engine_skips_and_cuts_no_row_of_any_set(sets: dict[str, Prepared]) -> None:
    names = {name.split("/")[1] for name in sets}
    expected = {path.name for path in sample_sets()} - WITHOUT_ROWS
    assert names == expected
    for name, one in sets.items():
        written = one.manifest.files["rows_train"].rows
        assert written == one.manifest.kept
        converted, rows = engine_rows(one, one.longest)
        assert (converted, len(rows)) == (written, written), name
        _, whole = engine_rows(one, 1_000_000)
        assert [row["input_ids"] for row in rows] == [row["input_ids"] for row in whole], name
        assert max(len(row["input_ids"]) for row in rows) == one.longest, name


def test_the_loss_covers_each_call_and_the_stop_token(sets: dict[str, Prepared]) -> None:
    calls = 0
    for name, one in sets.items():
        tokenizer: Any = one.template.tokenizer
        lines = (one.folder / one.manifest.files["rows_train"].file).read_text("utf-8")
        _, rows = engine_rows(one, one.longest)
        for line, made in zip(lines.splitlines(), rows, strict=True):
            trained = [token for token in made["labels"] if token >= 0]
            text = tokenizer.decode(trained)
            turns = assemble(sharegpt.read(json.loads(line))).turns
            model = [turn for turn in turns if isinstance(turn, ModelTurn)]
            for call in (call for turn in model for call in turn.calls):
                calls += 1
                # As both templates write it, between name and the end of the call.
                written = json.dumps(call.arguments, ensure_ascii=False)
                assert json.dumps(call.name, ensure_ascii=False) in text, (name, call, text[:300])
                assert written in text, (name, call, text[:300])
            stops = {tokenizer.eos_token_id, *stop_ids(one.template)}
            assert sum(token in stops for token in trained) >= len(model), (name, text[-200:])
            assert trained[-1] in stops or trained[-2] in stops, (name, text[-200:])
    assert calls > 300


def stop_ids(template: EngineTemplate) -> set[int]:
    tokenizer: Any = template.tokenizer
    words = template.template.stop_words
    return {tokenizer.convert_tokens_to_ids(word) for word in words}
