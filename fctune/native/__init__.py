"""The compiled part: the row path of `fctune prepare` in machine code, where it was built.

Role: nothing here decides anything of its own. The library answers "surely this" or "in doubt",
and the Python that calls it decides every doubt; so all results are the same without it, and come
more slowly. `scripts/build_native.py` builds it with `cargo`, of sources without dependencies.
"""
