"""What is taught and what of it is sold.

A course belongs to one host and has lessons: video, text, or live (a class with its hours). A
product is what can be ordered: a whole course, the ticket of one live lesson, or a pack of coins.
A price is a version that is never edited; split rule and refund rule are data, pinned by version.
A host edits only what is theirs; anybody else's looks absent. Seats are counted by the database.
"""
