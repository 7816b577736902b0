"""Generated content: the article's prompt to `generated_content.txt`."""

from pathlib import Path

from livelore.intelligence.pipeline.article import generated_content

text = generated_content("What is the formula for calculating compound interest?")
Path("generated_content.txt").write_text(text, "utf-8")
