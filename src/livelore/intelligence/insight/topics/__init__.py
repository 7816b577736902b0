"""What a room talks about, as a stream: terms counted, topics born, named and ended.

`stream` counts runs of characters and words in bounded memory and gives every message its topic;
`label` makes a readable name, `dull` has the words that make none; `report` says what it was about
afterwards: words with weights, by segment, and how well they hang together.
"""
