"""Teaching material and lines for the host, made by grammar: no model, no network, same by seed.

What states a fact quotes the course; a line of grammar alone states none.
"""
