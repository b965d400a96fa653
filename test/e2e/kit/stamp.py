"""A frame number drawn into the picture, readable after scaling and heavy compression.

A block of 14 × 2 square cells, each 1/32 of the picture's width (10 pixels at 320×180), whose
upper left corner lies one cell inside the picture. Each row is

    black | 12 data cells, most significant bit first, white = 1 | white

The outer cells are the measure of black and white. The 24 bits are a 16-bit frame number and its
CRC-8, so that a smeared block reads as None and not as another number.
"""

import numpy as np

MODULUS = 1 << 16

_CELLS_ACROSS_PICTURE = 32
_DATA_COLUMNS = 12
_BLACK, _WHITE = 16, 235  # limited range luma
_LEAST_CONTRAST = 80


def _crc8(value: int) -> int:
    """CRC-8 with polynomial 0x07 over the two bytes of `value`, start value 0xff."""
    crc = 0xFF
    for byte in value.to_bytes(2, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x107 if crc & 0x80 else 0)
    return crc


def _rows(number: int) -> list[list[bool]]:
    code = number << 8 | _crc8(number)
    bits = [bool(code >> (23 - i) & 1) for i in range(24)]
    return [[False, *bits[:_DATA_COLUMNS], True], [False, *bits[_DATA_COLUMNS:], True]]


def draw(luma: np.ndarray, number: int) -> None:
    """Draws `number` (modulo 65536) into `luma`, shape (height, width), in place."""
    cell = luma.shape[1] // _CELLS_ACROSS_PICTURE
    for row, bits in enumerate(_rows(number % MODULUS), start=1):
        for column, bit in enumerate(bits, start=1):
            top, left = row * cell, column * cell
            luma[top : top + cell, left : left + cell] = _WHITE if bit else _BLACK


def read(luma: np.ndarray) -> int | None:
    """The number in `luma`, shape (height, width) at any size; None where no block checks."""
    cell = luma.shape[1] / _CELLS_ACROSS_PICTURE
    if luma.shape[0] < 3 * cell:
        return None
    code = 0
    for row in (1, 2):
        levels = [_level(luma, row, 1 + column, cell) for column in range(_DATA_COLUMNS + 2)]
        black, white = levels[0], levels[-1]
        if white - black < _LEAST_CONTRAST:
            return None
        for level in levels[1:-1]:
            code = code << 1 | (level > (black + white) / 2)
    number, check = code >> 8, code & 0xFF
    return number if check == _crc8(number) else None


def _level(luma: np.ndarray, row: int, column: int, cell: float) -> float:
    """Mean luma of the inner half of one cell."""
    top, bottom = int((row + 0.25) * cell), int((row + 0.75) * cell) + 1
    left, right = int((column + 0.25) * cell), int((column + 0.75) * cell) + 1
    return float(luma[top:bottom, left:right].mean())
