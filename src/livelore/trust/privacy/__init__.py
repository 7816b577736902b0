"""Privacy: mechanisms whose output says little about any one person, and their accountant.

Differential privacy: noise drawn so that a result is nearly as likely with and without one
person's events. What is spent adds up in an accountant, which refuses the question that would
exceed the budget.
"""
