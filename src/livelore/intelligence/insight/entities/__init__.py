"""What messages name: people, places, works, products, organisations, course terms, times, amounts.

A span says where in the message as it was written, of which kind, found by what and how surely.
Course terms, and names of people or products that a host lists, come from a dictionary; times and
amounts from exact rules; names that nobody listed from a linear chain over hashed characters. Where
two overlap, the dictionary goes before the rules and these before the chain.
"""
