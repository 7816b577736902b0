"""What a message feels: positive, negative, or neither clearly, in Chinese and English.

`Sentiment` is a small table of weights that `learning` makes from labelled domains and a
hand-written lexicon. A label is given only where it is likelier than not; the rest is *ambiguous*,
which is an answer.
"""
