"""What is counted over the latest documents, as it stood when any of them had just come. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod

COUNTED = 20_000  # what is usual is counted over so many latest documents: some weeks of a large catalog
_STEP = 1_024  # documents counted at once, so that a restart does not ask for memory in proportion


class Latest(ABC):
    """Counts the documents up to a row, `COUNTED` at most, and can be moved to an earlier one as well.

    Whoever counts in whole numbers gets the same bits whichever way the count came to a row.
    """

    def __init__(self) -> None:
        self._oldest = self._first = self._end = 0

    @property
    def counted(self) -> int:
        """How many documents are counted."""
        return self._end - self._first

    def begin(self, row: int) -> None:
        """Leaves the documents before this row out for ever; before any move."""
        self._oldest = self._first = self._end = row

    def move_to(self, row: int) -> None:
        """Counts what was to be counted when the document of this row had just come, itself included."""
        first, end = max(self._oldest, row + 1 - COUNTED), row + 1
        self._shift(self._end, end, 1)
        self._shift(self._first, first, -1)
        self._first, self._end = first, end

    def _shift(self, bound: int, new: int, sign: int) -> None:
        low, high, sign = (bound, new, sign) if bound <= new else (new, bound, -sign)
        for start in range(low, high, _STEP):
            self._count(start, min(start + _STEP, high), sign)

    @abstractmethod
    def _count(self, row: int, end: int, sign: int) -> None:
        """Adds the documents from `row` to before `end`, or takes them away."""
