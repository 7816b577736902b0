"""Numbered, forward-only database migrations; they import nothing of the package."""
