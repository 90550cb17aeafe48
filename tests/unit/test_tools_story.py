"""One API through all tool verbs, each in a process of its own, as docs/tools.md has it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parent / "samples" / "openapi" / "shop.yaml"


def fctune(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", "tools", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_an_api_becomes_a_catalogue_that_is_checked_shown_and_versioned(tmp_path: Path) -> None:
    done = fctune("import", str(SAMPLE), "--out", "shop.yaml", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout)["tools"]
    assert names

    done = fctune("check", "shop.yaml", "--template", "qwen", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert [tool["name"] for tool in json.loads(done.stdout)["tools"]] == names

    done = fctune("docs", "shop.yaml", "--out", "pages", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "pages" / "shop.html").read_text("utf-8")
    assert all(name in page for name in names)

    done = fctune("confusions", "shop.yaml", "--report", "pairs.html", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "pairs.html").read_text("utf-8")

    done = fctune("registry", "add", "shop.yaml", "--db", "tools.db", folder=tmp_path)
    assert done.returncode == 0, done.stderr

    text = (tmp_path / "shop.yaml").read_text("utf-8").replace(names[0], f"{names[0]}_v2")
    (tmp_path / "new.yaml").write_text(text, "utf-8")
    done = fctune("diff", "shop.yaml", "new.yaml", "--json", folder=tmp_path)
    assert done.returncode == 1
    kinds = {change["kind"] for change in json.loads(done.stdout)["changes"]}
    assert "tool-renamed" in kinds
