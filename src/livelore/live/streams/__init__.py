"""Streams: what encoders publish, handed on to players.

A *stream* is one published feed; its name is the id of the room. The domain knows neither rooms
nor users: whoever composes it hands in callables that judge stream keys and viewers and that hear
how a stream fares. An encoder that drops may come back into the same stream, whose timeline goes
on. Frames are kept once, as FLV tags in a ring that all viewers read and as HLS parts.
"""
