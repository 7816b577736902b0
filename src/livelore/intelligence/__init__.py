"""The AI layer: a library of arrays and tables, connected by thin services."""
