"""Pure helpers: ids, money, errors. Standard library only, no I/O."""
