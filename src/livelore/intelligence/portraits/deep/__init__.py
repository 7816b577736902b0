"""Clustering by a small neural network; needs the extra ``deep`` (torch), which only it loads."""
