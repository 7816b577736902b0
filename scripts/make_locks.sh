#!/usr/bin/env bash
# Writes requirements/*.txt anew: hashed, for every platform, naming no registry.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 "$@"; }
lock pyproject.toml -o requirements/base.txt
lock pyproject.toml --extra scale -c requirements/base.txt -o requirements/scale.txt
lock pyproject.toml --extra warehouse -c requirements/base.txt -o requirements/warehouse.txt
lock pyproject.toml --extra spark -c requirements/base.txt -c requirements/warehouse.txt -o requirements/spark.txt
lock --group build -c requirements/base.txt -o requirements/build.txt
lock pyproject.toml --extra scale --extra spark --extra vision --extra nlp --group dev -c requirements/scale.txt -c requirements/spark.txt -c requirements/build.txt -o requirements/dev.txt
# Extra `deep` is pinned by hand in requirements/deep.txt: torch is another wheel on each index.
