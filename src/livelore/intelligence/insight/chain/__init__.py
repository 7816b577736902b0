"""All parts of reading a room as one: messages in, columns and what the room was about out.

`reader.RoomReader` takes messages as they come, many or one at a time, with the same result; what
it remembers has a bound. `whole` reads a chat that is there already, `table` a table of one.
"""
