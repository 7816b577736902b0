"""Portraits: what a user is like, computed from what they did, as a library on arrays and tables.

Features are interests (decayed, by label), spending and social behaviour, each with the events
behind it; clusterers give stable segments, whose names are facts in Chinese and English;
propensities are calibrated scores. All of it is reproducible: a seed or a Generator is handed in.
"""
