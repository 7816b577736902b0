"""What operators did: who, when, to whom, why; written with the act itself and never changed.

Each entry holds the hash of itself and of the one before it, so that an entry that was altered or
taken out behind the site's back is found by its position.
"""
