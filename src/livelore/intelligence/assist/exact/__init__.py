"""What can be computed is computed: arithmetic, units, dates and a small book of formulas.

Numbers are exact fractions as long as they can be; nothing is run with ``eval``. A worked formula
is reckoned a second way and given only when both agree.
"""
