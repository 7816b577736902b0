"""Fragmented MP4 out of coded frames: an init segment, then fragments.

Source: ISO/IEC 14496-12 (boxes), 14496-15 (AVC), 14496-14 (AAC).
"""
