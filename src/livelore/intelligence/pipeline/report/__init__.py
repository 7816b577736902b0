"""One self-contained page about a run: charts drawn here, both languages in it, nothing fetched."""
