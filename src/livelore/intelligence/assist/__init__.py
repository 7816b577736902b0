"""Answers from a course: found, cited, checked; or none, where the course has none.

`reading` turns files into blocks, `material` into passages with places; `course` is the index of a
folder; `retrieve` finds passages and sentences; `answer` and `explain` compose what the course says
word for word, each sentence with its source, or refuse. `exact` computes instead of quoting. All
of it is deterministic and needs no network and no language model; text of a course is data.
"""
