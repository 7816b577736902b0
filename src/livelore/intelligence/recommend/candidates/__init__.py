"""Scorers that propose items: each is fitted once and scores every item for any history."""
