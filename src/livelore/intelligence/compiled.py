"""How inner loops are compiled: one way, for all parts. Numba keeps what it has compiled."""

from typing import Any

from numba import njit

compiled: Any = njit(cache=True, nogil=True)  # Any: numba has no types
compiled_loosely: Any = njit(cache=True, nogil=True, fastmath=True)
"""Where sums may be taken in another order: the last bits differ, the ranking does not. Infinities
and NaN are not allowed in such a loop."""
