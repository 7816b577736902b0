"""Privacy: mechanisms whose output says little about any one person, and their accountant.

Differential privacy: noise drawn so that a result is nearly as likely with and without one
person's events. What is spent adds up in an accountant, which refuses the question that would
exceed the budget.

`noise` samples (whole numbers, or a grid of a power of two: the low bits of floating-point noise
tell the true value, Mironov 2012), `mechanisms` add it for a sensitivity and say what that costs,
`accountant` sums costs and refuses, `counts` publishes counts and histograms with a cap on what one
user contributes. Neighbours are data sets that differ by all events of one user, added or removed.
Noise comes from the operating system; a Generator is handed in for tests and benchmarks only.
"""
