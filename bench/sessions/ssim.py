"""Structural similarity of two pictures (Wang et al., 2004): luma, windows of 7 × 7."""

import numpy as np
from PIL import Image

_WINDOW = 7
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_STAMP = (4 / 32, 16 / 32)  # height and width of the corner with the stamp, in picture widths


def ssim(source: np.ndarray, seen: np.ndarray) -> float:
    """Of two luma planes of one size; 1 for equal ones. The stamp's corner does not count."""
    a, b = source.astype(np.float64), seen.astype(np.float64)
    mean_a, mean_b = _window_means(a), _window_means(b)
    # The unbiased estimates, as others compute them.
    bias = _WINDOW**2 / (_WINDOW**2 - 1)
    var_a = bias * (_window_means(a * a) - mean_a**2)
    var_b = bias * (_window_means(b * b) - mean_b**2)
    both = bias * (_window_means(a * b) - mean_a * mean_b)
    alike = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    alike /= (mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2)
    return float(alike[_outside_stamp(alike.shape, source.shape[1])].mean())


def scaled(luma: np.ndarray, width: int, height: int) -> np.ndarray:
    if luma.shape == (height, width):
        return luma
    picture = Image.fromarray(luma).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _window_means(plane: np.ndarray) -> np.ndarray:
    """Of each window that lies in the plane whole."""
    total = np.pad(plane, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    n = _WINDOW
    return (total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]) / n**2


def _outside_stamp(shape: tuple[int, int], width: int) -> np.ndarray:
    outside = np.ones(shape, bool)
    outside[: round(_STAMP[0] * width), : round(_STAMP[1] * width)] = False
    return outside
