"""Writes the table of goals in README.md from the files in ``results``.

``python -m benchmarks.table``; a full ``livelore bench`` does it by itself.
"""

import json
from typing import Any

from benchmarks.common import HERE, RESULTS

README = HERE / "README.md"
BEGIN, END = "<!-- table: written by benchmarks/table.py -->", "<!-- end of table -->"


def rows(result: dict[str, Any]) -> list[str]:
    """The lines of one result."""
    found = []
    for line in result.get("goals", []):
        measured = "not measured" if line["measured"] is None else f"{line['measured']:,}"
        unit = line["unit"] and f" {line['unit']}"
        wanted = f"{line['goal']}{unit}" if line["goal"] else "–"
        met = {True: "yes", False: "**no**", None: "–"}[line["is_met"]]
        found.append(f"| {result['name']} | {line['what']} | {wanted} | {measured}{unit} | {met} |")
    return found


def table() -> str:
    """All results, by name."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    results = [result for result in results if "goals" in result]
    head = ["| bench | what | goal | measured | met |", "|---|---|---|---|---|"]
    places = sorted({f"{r['machine']}, Python {r['python']}" for r in results})
    days = sorted({r["at"][:10] for r in results})
    loads = [r["load_before"][0] for r in results]
    where = (
        f"Measured {' to '.join(sorted({days[0], days[-1]}))} on {'; '.join(places)};"
        f" load before each bench {min(loads)} to {max(loads)}."
        if results
        else "Nothing was measured yet."
    )
    return "\n".join([where, "", *head, *(row for result in results for row in rows(result))])


def rewrite() -> None:
    """Put the table between its marks."""
    text = README.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__":
    rewrite()
