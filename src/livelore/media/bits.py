"""Bits, most significant first."""

from livelore.media.errors import MediaError


class BitReader:
    """Reads fixed-size and Exp-Golomb numbers from bytes."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def u(self, size: int) -> int:
        """An unsigned number of ``size`` bits.

        Raises:
            MediaError: Fewer bits are left.
        """
        if size > self._left:
            raise MediaError("bit string is cut short")
        self._left -= size
        return (self._bits >> self._left) & ((1 << size) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.u(1) == 1

    def ue(self) -> int:
        """An unsigned Exp-Golomb number (ITU-T H.264, 9.1)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise MediaError("Exp-Golomb number is too long")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number (ITU-T H.264, 9.1.1)."""
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)
