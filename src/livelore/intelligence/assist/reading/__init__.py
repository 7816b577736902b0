"""Files of a course as blocks of text: Markdown, HTML, PDF, plain text and transcripts.

`read_blocks` chooses by the file's ending. What is read is data: no link is followed, nothing in it
is run, and words in it that look like orders are words.
"""
