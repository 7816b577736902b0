"""Lines for the host: opening, bridge, thanks, a question read out, closing, a sale.

A line is one pattern of a small grammar with its slots filled; no model is asked. The same seed
gives the same lines in the same order, and none comes again before all of its kind were said. A
sale says only facts that come with their source, and none that advertising law forbids.
"""
