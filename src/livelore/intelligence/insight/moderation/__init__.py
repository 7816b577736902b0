"""What a room should not have to read: offence, spam, advertising, contact leaks.

`Moderator` looks at messages in order of time and says, of each that it minds: which kind, where,
by which rule or model, and how surely. It decides nothing: whether a message is held back, and
whether a person looks, is the room's rule. Evasions (spaces, dots, full width, look-alike letters,
Chinese numerals, keycap emoji, an id split over several messages) are undone before rules look.
"""
