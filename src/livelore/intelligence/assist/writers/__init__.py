"""A language model that may write answers from what was retrieved; never trusted, never needed.

It gets the question and the passages as data, not as instructions; every sentence that it writes
must be carried by the passage that it cites, or is left out; when it is down, slow, over budget or
says nothing that holds, the answer is the course's own words, as without it.
"""
