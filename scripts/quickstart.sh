#!/usr/bin/env bash
# The story of `fctune quickstart` as plain commands, top to bottom: from raw conversations to an
# evaluated tool-calling checkpoint, on a CPU, with a tiny model. Run it in the project's folder
# with the venv active; `make quickstart` sets that up. Afterwards look into quickstart/eval/.
set -euo pipefail
rm -rf quickstart saves/tiny

fctune tools check data/tools/ecommerce.yaml
python scripts/make_tiny_model.py --out quickstart/model --seed 42
fctune prepare data/raw/glaive data/raw/ecommerce data/raw/general data/raw/defective --tools data/tools/ecommerce.yaml --name quickstart --out quickstart/data --template qwen3_nothink --model quickstart/model --cutoff-len 1024
fctune train --recipe configs/tiny.yaml --stage general
fctune train --recipe configs/tiny.yaml --stage toolcall
fctune eval quickstart/model --data quickstart/data/quickstart_test.jsonl --template qwen3_nothink --max-cases 200 --max-new-tokens 96 --out quickstart/eval/base
fctune eval saves/tiny/general --data quickstart/data/quickstart_test.jsonl --template qwen3_nothink --max-cases 200 --max-new-tokens 96 --out quickstart/eval/general
fctune eval saves/tiny/toolcall --data quickstart/data/quickstart_test.jsonl --template qwen3_nothink --max-cases 200 --max-new-tokens 96 --out quickstart/eval/toolcall
fctune compare quickstart/eval/base quickstart/eval/general quickstart/eval/toolcall --out quickstart/eval
