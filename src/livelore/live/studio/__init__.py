"""The host's numbers while a class is on: viewers, danmaku, revenue, the health of the stream.

Revenue is read from the books each time and compared with what was sent: a figure that does not
agree says so. Nothing here is counted by itself.
"""
