"""Reading the room: what people feel, talk about, ask and do not understand.

`Messages` go in; columns, curves and lists come out. Every part reads a batch and a stream by the
same code: a part that remembers (topics, mood, questions) takes messages in order of time, many or
one at a time, and the result is the same. Scores carry their uncertainty; too few messages is an
answer. Nothing here knows a web framework, a database or a room.
"""
