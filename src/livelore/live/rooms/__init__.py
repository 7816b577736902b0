"""Rooms: the lasting place of a host, and its live sessions.

A *room* belongs to one host and has at most one open *live session*. A session begins when an
encoder publishes with the room's *stream key*; it is *interrupted* when the encoder is gone, goes
on when it comes back within a minute, and else ends. A session that falls into the hours of one
of the room's live lessons is that lesson's class: who may watch is asked of `access`, in
`Playback.check` alone. Everybody else may have a free *preview* of a few minutes per class.
"""
