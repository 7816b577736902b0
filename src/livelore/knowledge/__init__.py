"""Paid knowledge: what is sold, the money, who may see it."""
