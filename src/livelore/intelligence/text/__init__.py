"""Text as arrays: code points folded to one form, hashed n-grams, linear models over them, words.

What reads the room and what answers from the course stand on this. A batch is one array of code
points with bounds, so that compiled loops see millions of short texts a second; one message alone
goes the same way. Nothing here knows what a text is for.
"""
