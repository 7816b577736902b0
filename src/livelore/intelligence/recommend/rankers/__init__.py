"""Scorers of scorers: blends and a learned ranker over the scores of candidates."""
