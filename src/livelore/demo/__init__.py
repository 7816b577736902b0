"""The demo: a seeded site around the founding article's case, with a class on air."""
