"""The article's six steps on files: tables in, portraits, lists, analyses and a report out.

`run.run` reads a folder (`inputs`), puts users into segments (`people`), gives everybody a list of
contents with reasons (`taste`, `lists`), reads the chat and answers the prompts through two
protocols (`protocols`), and writes one report (`report`). Every output is made in a draft folder
and takes its place only when all of them are whole. Nothing is dropped in silence: rows that cannot
be read stand beside the output they are missing from, and the report counts them.
"""
