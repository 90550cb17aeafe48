#!/usr/bin/env bash
# Makes .venv and installs fctune with the extras named by $1 (default: train), at the exact
# versions of scripts/constraints.txt. A second run sees its stamp and does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

extras=${1:-train}
venv=.venv
stamp="$venv/.fctune-${extras//,/-}"
wanted=$(cat pyproject.toml scripts/*.txt scripts/setup.sh scripts/build_native.py \
  fctune/native/core/Cargo.* fctune/native/core/src/*.rs fctune/conversations/words/*.txt \
  | sha256sum | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

if [ ! -x "$venv/bin/python" ]; then
  python=""
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    echo "setup: no Python 3.11 or later found" >&2
    echo "hint: install it, or name it: PYTHON=/path/to/python3.11 make test" >&2
    exit 4
  fi
  echo "setup: making $venv with $("$python" --version)" >&2
  "$python" -m venv "$venv"
fi

uv="$venv/bin/uv"
[ -x "$uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
echo "setup: installing fctune[$extras]" >&2
VIRTUAL_ENV="$PWD/$venv" "$uv" pip install --quiet -c scripts/constraints.txt -e ".[$extras]"
echo "$wanted" > "$stamp"
