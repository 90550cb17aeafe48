"""The whole story with real parts, small: raw rows to compared checkpoints, and by hand the same.

The quickstart shows that a model learns (docs/benchmarks/quickstart.md); here every verb hands its
result to the next one, and the engine's own command gives the same weights as `fctune train`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fctune.jsonl import sha256_of

pytestmark = pytest.mark.e2e
pytest.importorskip("llamafactory", reason="the [train] extra is not installed")

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("max_samples=32", "save_strategy=steps", "save_steps=1000", "num_train_epochs=1.0")


def fctune(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def ok(*words: str, cwd: Path) -> str:
    done = fctune(*words, cwd=cwd)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def project(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a dataset beside the tiny model, and train both stages."""
    root = tmp_path_factory.mktemp("story")
    (root / "quickstart").mkdir()
    (root / "quickstart" / "model").symlink_to(tiny_model)
    raw, tools = ROOT / "data" / "raw", ROOT / "data" / "tools" / "ecommerce.yaml"
    sources = [str(raw / name) for name in ("glaive", "ecommerce", "general", "defective")]
    ok(
        *("prepare", *sources, "--tools", str(tools), "--name", "quickstart"),
        *("--out", "quickstart/data", "--template", "qwen3_nothink"),
        *("--model", "quickstart/model", "--cutoff-len", "1024"),
        cwd=root,
    )
    recipe = str(ROOT / "configs" / "tiny.yaml")
    ok("train", "--recipe", recipe, "--stage", "all", "--devices", "0", *SMALL, cwd=root)
    return root


def test_both_stages_are_recorded_and_the_second_is_quantised(project: Path) -> None:
    for stage in ("general", "toolcall"):
        record = json.loads((project / f"saves/tiny/{stage}/fctune_run.json").read_text())
        assert record["status"] == "done" and record["exit_code"] == 0
    log = (project / "saves/tiny/toolcall/train.log").read_text()
    assert "Quantizing model to 4 bit with bitsandbytes" in log
    adapter = json.loads((project / "saves/tiny/toolcall/adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"].endswith("saves/tiny/general")
    assert adapter["r"] == 32


def test_the_engine_by_hand_gives_the_same_weights(project: Path, tmp_path: Path) -> None:
    """What --dry-run prints, saved as a file and given to llamafactory-cli, is the same run."""
    recipe = str(ROOT / "configs" / "tiny.yaml")
    printed = ok(
        *("train", "--recipe", recipe, "--stage", "general", "--devices", "0", *SMALL),
        "--dry-run",
        cwd=project,
    )
    config = tmp_path / "by_hand.yaml"
    config.write_text(printed.replace("saves/tiny/general", "by_hand"))
    command = [str(Path(sys.executable).parent / "llamafactory-cli"), "train", str(config)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    ours, by_hand = project / "saves/tiny/general", project / "by_hand"
    assert sha256_of(ours / "model.safetensors") == sha256_of(by_hand / "model.safetensors")


def test_checkpoints_are_evaluated_and_compared(project: Path) -> None:
    data = "quickstart/data/quickstart_test.jsonl"
    for name, checkpoint in (("base", "quickstart/model"), ("tuned", "saves/tiny/toolcall")):
        out = f"quickstart/eval/{name}"
        few = ("--max-cases", "8", "--max-new-tokens", "16", "--template", "qwen3_nothink")
        ok("eval", checkpoint, "--data", data, "--out", out, *few, cwd=project)
        files = {p.name for p in (project / out).iterdir()}
        assert {"results.json", "predictions.jsonl", "outcomes.jsonl", "report.md"} <= files
    table = ok("compare", "quickstart/eval/base", "quickstart/eval/tuned", cwd=project)
    assert "no difference shown" in table
