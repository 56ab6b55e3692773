"""How large a city's file may be before it is refused."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one file; a file beyond them is refused as a whole, never read in part."""

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 500_000_000  # of a workbook, which is a compressed archive
    rows: int = 100_000
    columns: int = 1_000
    cells: int = 5_000_000  # of a sheet, from A1 to the last cell in use
    cell_characters: int = 100_000
    characters: int = 200_000_000  # of a workbook, those of each cell that shares a text
    triples: int = 1_000_000
    seconds: float = 900  # to read a workbook, on however busy a machine


LIMITS: Final = Limits()
