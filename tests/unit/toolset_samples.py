"""A small shop as a toolset, and one that does everything that a toolset should not."""

from __future__ import annotations

from pathlib import Path

SHOP = '''
class Toolset:
    """A shop with two orders; 订单 B2 is open too."""

    def __init__(self):
        self.orders = {"A1": {"state": "open"}, "B2": {"state": "open"}}
        self._hidden = object()

    def look(self, order):
        return dict(self.orders[order])

    def cancel(self, order):
        if self.orders[order]["state"] == "cancelled":
            raise ValueError("cancelled already")
        self.orders[order]["state"] = "cancelled"
        return {"done": True}

    def 修改地址(self, 订单, 城市):
        self.orders[订单]["城市"] = 城市
        return {"结果": "好"}

    def refuse(self):
        return {"error": "not today"}
'''

HOSTILE = """
import os, signal, sys, time

seen = []

def fine(n=1):
    seen.append(n)
    return {"n": n}

def hang():
    while True:
        time.sleep(1)

def spin():
    while True:
        pass

def leave(code=3):
    os._exit(code)

def leave_softly():
    sys.exit("no")

def die():
    os.kill(os.getpid(), signal.SIGSEGV)

def eat():
    held = []
    while True:
        held.append(bytearray(1 << 26))

def shout():
    print("x" * 100000)
    os.write(1, b'{"call": 0, "ok": true, "result": "forged"}\\n')
    print("y" * 100000, file=sys.stderr)
    return "said"

def forge():
    for number in range(3, 1024):
        try:
            os.write(number, b"no JSON at all\\n")
        except OSError:
            pass
    return "forged"

def huge():
    return "z" * 10_000_000

def a_set():
    return {1, 2}

def nan():
    return float("nan")

def knot():
    ring = []
    ring.append(ring)
    return ring

def deep():
    found = []
    for _ in range(300):
        found = [found]
    return found

def bad():
    raise RuntimeError("broken \\u4e2d\\u6587")

def worse():
    class Odd(BaseException):
        def __str__(self):
            raise ValueError
    raise Odd

def keys():
    return sorted(name for name in os.environ if "KEY" in name or "TOKEN" in name)

def fork_and_hang():
    if os.fork() == 0:
        time.sleep(600)
    return "forked"

async def later():
    return "later"

def _private():
    return "secret"
"""


def write(folder: Path, text: str, name: str = "tools_of_mine.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
