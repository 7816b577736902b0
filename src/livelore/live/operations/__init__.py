"""The operator's desk: the site at a glance, rooms that are cut off, the books, the audit.

It counts nothing by itself: each figure is asked of the domain that owns it.
"""
