"""Low-latency HLS: frames into parts and segments, and the playlist that lists them.

Source: draft-pantos-hls-rfc8216bis (HTTP Live Streaming, 2nd edition), with its appendix B.
"""
