"""The talk of a room: danmaku, and all else that every viewer of a room sees at once.

A *room message* has a ``seq`` that rises by 1 in its room and is on disk before anybody sees it.
A *draft* is a message that has no number yet. The *hub* of a room holds its sockets and newest
messages, and writes to a socket at most once per gap, everything gathered meanwhile in one frame.
Who may enter and who moderates is decided elsewhere and handed in as a *standing*.
"""
