"""The compiled part: datasets are the same with it and without it, byte for byte."""

from __future__ import annotations

import filecmp
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import accumulate, product
from pathlib import Path

import pytest

from fctune.conversations.quick_write import CODE_TAGS
from fctune.dataset import scanner, work
from fctune.dataset.build import build
from fctune.dataset.options import BuildOptions
from fctune.dataset.ready import ReadyBlock
from fctune.native.library import library, probe
from fctune.native.rows import RowScanner

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
SHARED = ROOT.parent / "shared" / "data" / "raw"
MAKER = ROOT / "scripts" / "bench" / "prepare_data.py"
built = pytest.mark.skipif(library() is None, reason="the compiled part was not built: no cargo")


def test_where_cargo_is_the_compiled_part_was_built() -> None:
    if shutil.which("cargo") is None:
        pytest.skip("no cargo on this machine")
    if os.environ.get("FCTUNE_NATIVE"):
        pytest.skip("FCTUNE_NATIVE is set")
    assert library() is not None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "rows.jsonl"
    command = [sys.executable, str(MAKER), "--rows", "3000", "--out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def staged(options: BuildOptions, folder: Path) -> Path:
    with build(options) as dataset:
        shutil.copytree(dataset.staged, folder)
        (folder / "manifest").write_text(json.dumps(dataset.manifest.as_dict(), sort_keys=True))
    return folder


def both(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **wishes: object
) -> tuple[Path, Path, int]:
    """Return a dataset that Python made, one of the compiled part, and how many rows that took."""
    options = BuildOptions("b", tmp_path / "out", (source,), **wishes)  # type: ignore[arg-type]
    ready = 0
    read = scanner.Scanner.read

    def counted(
        self: scanner.Scanner, block: bytes | memoryview, begin: int = 0
    ) -> ReadyBlock | None:
        nonlocal ready
        found = read(self, block, begin)
        ready += found.count - len(found.left) if found is not None else 0
        return found

    with monkeypatch.context() as patched:
        patched.setattr(scanner.Scanner, "read", counted)
        native = staged(options, tmp_path / "native")
        patched.setattr(work, "scanner_of", lambda *_: None)
        python = staged(options, tmp_path / "python")
    return python, native, ready


def same(python: Path, native: Path) -> bool:
    names = [path.relative_to(python) for path in files_of(python)]
    assert names == [path.relative_to(native) for path in files_of(native)]
    # Spools are named by chance and hold scratch; the dataset is what is put into place.
    kept = [name for name in names if not name.parts[0].startswith(("segment", ".", "chunk"))]
    _, differ, failed = filecmp.cmpfiles(python, native, map(str, kept), shallow=False)
    assert not failed
    return differ == []


@built
def test_rows_of_a_set_are_the_same_to_the_byte(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, native, ready = both(made, tmp_path, monkeypatch)
    assert same(python, native)
    assert ready > 2600  # most of them, or the comparison tells little


def sources() -> Iterator[Path]:
    for folder in (RAW, SHARED):
        for path in sorted(folder.rglob("*.json*")):
            if b'"conversations"' in path.read_bytes()[:200_000]:
                yield path


def as_lines(source: Path, path: Path) -> Path:
    """Write the rows of a file a line each: arrays are not read by the compiled part."""
    if source.suffix == ".jsonl":
        shutil.copyfile(source, path)
    else:
        rows = json.loads(source.read_text(encoding="utf-8"))
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


@built
@pytest.mark.parametrize("source", list(sources()), ids=lambda path: path.stem)
def test_every_sample_gives_the_same_dataset(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = as_lines(source, tmp_path / "rows.jsonl")
    python, native, ready = both(lines, tmp_path, monkeypatch)
    assert same(python, native)
    if source.stem.startswith("glaive_toolcall"):  # the others are of kinds that it leaves alone
        assert ready > 280


@built
@pytest.mark.parametrize(
    ("wishes", "least"),
    [
        ({"template": "llama3"}, 2600),
        ({"template": "mistral"}, 0),  # left to Python: it joins parallel results in another way
        ({"template": "gemma"}, 2600),
        ({"cutoff_len": 400}, 2600),
    ],
    ids=str,
)
def test_every_family_and_cutoff_gives_the_same_dataset(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wishes: dict[str, object],
    least: int,
) -> None:
    python, native, ready = both(made, tmp_path, monkeypatch, **wishes)
    assert same(python, native)
    assert ready >= least and (ready > 0) == (least > 0)


@built
def test_damaged_lines_give_the_same_dataset(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    signs = [
        *(b"\\", b'"', b"{", b"}", b"\x00", b"\xff", b"<|im_end|>", b"\\u00e9", b"\\ud800", b"0"),
        *(b"9" * 20, b"@acme.io", b" ", b"\n", b"I have sent it", "密码：".encode(), "　".encode()),
    ]
    lines = made.read_bytes().splitlines(keepends=True)[:1500]
    damaged = tmp_path / "damaged.jsonl"
    with damaged.open("wb") as out:
        for line in lines:
            for _ in range(chance.randrange(3)):
                at = chance.randrange(len(line))
                line = line[:at] + chance.choice(signs) + line[at + chance.randrange(3) :]
            out.write(line)
    python, native, ready = both(damaged, tmp_path, monkeypatch)
    assert same(python, native)
    assert ready > 300


@built
def test_keys_without_colons_give_the_same_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ("conversations", "system", "tools", "from")
    path = tmp_path / "keys.jsonl"
    with path.open("w") as out:
        for number, (one, other) in enumerate(product(keys, keys)):
            for sign in ',}{]["x: ':
                said = [{"from": "human", "value": f"{number}{sign}?"}]
                turns = json.dumps([*said, {"from": "gpt", "value": "Yes."}])
                for value in ('""', turns, f'"", "conversations": {turns}'):
                    out.write(f'{{"{one}"{sign}"{other}": {value}, "conversations": {turns}}}\n')
                    out.write(f'{{"{one}" {sign} "{other}": {value}}}\n')
        out.write('{"conversations": [{"from" "value": "x"}, {"from": "gpt", "value": "y"}]}\n')
        out.write(f'{{"system": "", "tools": null, "conversations": {turns}}}\n')
    python, native, ready = both(path, tmp_path, monkeypatch)
    assert same(python, native)
    assert ready == 1


@built
def test_a_fault_within_the_library_is_a_doubt_about_the_row(made: Path) -> None:
    rows = RowScanner({"system": "s", "audits": [], "cutoff": 2048, "long": "marked"})
    lines = made.read_bytes().splitlines(keepends=True)[:3]
    scanned = rows.scan(b"".join(lines))
    assert scanned is not None
    assert set(scanned.statuses.tolist()) == {0}  # nobody tells it of tools
    assert scanned.ends.tolist() == [*accumulate(map(len, lines))]
    with pytest.raises(ValueError, match="compiled part"):
        RowScanner({"system": 1})
    assert probe("no.such.function", b"1") is None
    assert probe("json.spaced", b"{") is None


def test_the_library_can_be_left_alone() -> None:
    code = "from fctune.native.library import library; print(library())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "FCTUNE_NATIVE": "0"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "None\n"


def test_a_file_that_is_no_library_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "libfctune_core.so"
    path.write_bytes(b"not a library")
    code = "from fctune.native.library import library; print(library())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "FCTUNE_NATIVE": str(path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "None\n"


@built
def test_both_readers_know_the_same_words_of_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tags.jsonl"
    words = [*CODE_TAGS, "image", "s", "think", "tool_call", "price_x"]
    with path.open("w") as out:
        for number, word in enumerate(words):
            for text in (f"See <{word}>1</{word}>.", f"cout << <{word} a=1>", f"<{word}"):
                turns = [{"from": "human", "value": f"{number}?"}, {"from": "gpt", "value": text}]
                out.write(json.dumps({"conversations": turns}) + "\n")
    python, native, ready = both(path, tmp_path, monkeypatch)
    assert same(python, native)
    assert ready == 2 * len(CODE_TAGS)


SIGNS = [
    *("\\", '"', '\\"', "\\\\", "\n", "/", "\0", "\x7f", "é", "中，", "😀"),
    *("<x", "{{", "T]", "tool_call:"),
]


@built
def test_signs_at_every_place_of_a_block_give_the_same_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "signs.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for place, sign in product(range(67), SIGNS):
            text = "a" * place + sign + "b" * (place % 5)
            said = [{"from": "human", "value": f"{place}{text}?"}, {"from": "gpt", "value": text}]
            schema = {"type": "object", "properties": {"x": {"type": "string"}}}
            tool = {"name": "look", "description": text, "parameters": schema}
            tools = json.dumps([tool], ensure_ascii=place % 2 == 0)
            asked = [said[0], {"from": "gpt", "value": "Yes."}]
            for row in ({"conversations": said}, {"conversations": asked, "tools": tools}):
                line = json.dumps(row, ensure_ascii=place % 3 == 0)
                out.write((line.replace("/", "\\/") if place % 4 == 0 else line) + "\n")
    python, native, ready = both(path, tmp_path, monkeypatch)
    assert same(python, native)
    assert ready > 1300
