"""RTMP: handshake, chunks, messages, and the two ends of a publication; no sockets.

Source: Adobe, "RTMP Specification 1.0", 2012.
"""
