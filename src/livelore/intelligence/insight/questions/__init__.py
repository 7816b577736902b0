"""Questions of a room: found, merged, ranked, matched with where the course answers them.

`cues` say what a question looks like in Chinese and English; `detector` scores every message at the
speed of a compiled loop. `phrased` brings a question into one form, `pair_scorer` tells whether two
ask the same, `board` keeps the open ones of a room in bounded memory and orders them.
"""
