"""A Chromium that tests drive with a real mouse and keyboard, through its debugging pipe.

Input: the path of a page. Output: a Page: clicks at the place where an element is seen, typed text,
what is visible, screenshots. No package is needed; where there is no Chromium, tests are skipped.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

needs_chromium = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no Chromium on this machine"
)
_WAIT_S = 20.0
# Chromium reads commands from descriptor 3 and answers on 4.
_MOVE = """
import fcntl, os, sys
given = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 64) for one in sys.argv[1:3]]
for target, one in enumerate(given, start=3):
    os.dup2(one, target)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Page:
    """One tab."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read, self._write = os.fdopen(read_fd, "rb", 0), os.fdopen(write_fd, "wb", 0)
        self._next, self._rest, self._session = 0, b"", ""
        self.messages: list[str] = []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")

    def open(self, url: str, *, width: int = 1200, dark: bool = False) -> None:
        """Load a page at a width, light or dark."""
        phone = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._send("Emulation.setDeviceMetricsOverride", **phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])
        self._send("Page.navigate", url="about:blank")  # else a new hash alone loads nothing
        self._send("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str) -> Any:
        """Return the value of a script."""
        found = self._send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until a script is true."""
        end = time.monotonic() + _WAIT_S
        while not self.value(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def click(self, selector: str) -> None:
        """Press the mouse where the middle of the first such element is seen."""
        spot = self.value(
            f"(() => {{ const node = document.querySelector({json.dumps(selector)});"
            "node.scrollIntoView({block: 'center'}); const box = node.getClientRects()[0];"
            "const x = box.x + Math.min(box.width / 2, 200), y = box.y + box.height / 2;"
            "const hit = document.elementFromPoint(x, y);"
            "return {x, y, hit: node.contains(hit)}; })()"
        )
        assert spot["hit"], f"{selector} is covered"
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, x=spot["x"], y=spot["y"],
                       button="left", clickCount=1)  # fmt: skip

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._send("Input.insertText", text=text)

    def choose(self, selector: str, value: str) -> None:
        """Choose an option as a person does by keyboard: focus, then arrow keys."""
        name = json.dumps(selector)
        self.value(f"document.querySelector({name}).focus()")
        at = self.value(
            f"[...document.querySelector({name}).options].findIndex(o => o.value === "
            f"{json.dumps(value)}) - document.querySelector({name}).selectedIndex"
        )
        key = "ArrowDown" if at > 0 else "ArrowUp"
        for _ in range(abs(at)):
            code = 40 if at > 0 else 38
            for kind in ("keyDown", "keyUp"):
                self._send("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                           windowsVirtualKeyCode=code)  # fmt: skip
        assert self.value(f"document.querySelector({name}).value") == value

    def seen(self, selector: str) -> list[str]:
        """Return the text of each such element that a person can see."""
        found = self.value(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(node => node.checkVisibility()).map(node => node.innerText)"
        )
        return list(found)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write what is seen, or the whole page, as PNG."""
        shot = self._send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._next += 1
        message = {"id": self._next, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._next:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        """Keep what a page complains of: errors of scripts, and what it was not let to load."""
        if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.messages.append(json.dumps(event["params"]))
        if event.get("method") == "Page.javascriptDialogOpening":
            self.messages.append(f"dialog: {event['params']['message']}")

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._read.read(1 << 20)
            assert piece, "Chromium has ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """Start Chromium with a fresh profile; end it with the block."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", "--remote-debugging-pipe",
               f"--user-data-dir={profile}", "about:blank"]  # fmt: skip
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    moved = [sys.executable, "-c", _MOVE, str(their_read), str(their_write), *command]
    process = subprocess.Popen(
        moved,
        pass_fds=(their_read, their_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_read)
    os.close(their_write)
    try:
        yield Page(our_read, our_write)
    finally:
        process.kill()
        process.wait()
