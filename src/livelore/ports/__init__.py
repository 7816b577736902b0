"""Protocols to the outside; one file each, at least two adapters that ship."""
