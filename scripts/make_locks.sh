#!/usr/bin/env bash
# Writes requirements/*.txt anew: hashed, for every platform, naming no registry.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 "$@"; }
lock pyproject.toml -o requirements/base.txt
lock pyproject.toml --extra scale -c requirements/base.txt -o requirements/scale.txt
lock --group build -c requirements/base.txt -o requirements/build.txt
lock pyproject.toml --extra scale --group dev -c requirements/scale.txt -c requirements/build.txt -o requirements/dev.txt
