"""What the runs of one scenario come to: medians by side, and how the sides compare."""

from sessions import measures
from sessions.sides import OURS, REFERENCE

# What is summed up, as paths into a run's result.
_FIGURES = (
    ("cores", "sum"),
    ("cores_per_session",),
    ("memory_mb", "handler", "pss"),
    ("connect_to_first_frame_ms",),
    ("delay_ms",),
    ("join_to_first_frame_ms", "p50"),
    ("join_to_first_frame_ms", "worst"),
    ("join_to_first_frame_ms", "missed"),
    ("sound_minus_picture_ms", "median"),
    ("after_trouble", "above_floor_ms"),
    ("delay_trend_ms_per_minute",),
    ("sound_minus_picture_trend_ms_per_minute",),
    ("more_than_before_mb", "bridge_ended_10_s_ago"),
    ("more_than_before_mb", "bridge_ended_30_s_ago"),
    ("more_than_before_mb", "ladder_ended_10_s_ago"),
    ("more_than_before_mb", "ladder_ended_30_s_ago"),
    ("bridge_given_back_after_s",),
    ("ladder_given_back_after_s",),
)
_DIGITS = 4


def summary(name: str, results: list[dict]) -> dict:
    """`results` are those of one scenario, of all sides."""
    of_side: dict[str, list[dict]] = {}
    for result in results:
        of_side.setdefault(result["side"], []).append(result)
    medians = {side: _medians(runs) for side, runs in of_side.items()}
    line = {"summary": name, "runs": {side: len(runs) for side, runs in of_side.items()}, **medians}
    ours, theirs = (_cores(medians.get(side, {})) for side in (OURS, REFERENCE))
    if ours is not None and theirs:
        line["cores_ratio"] = round(ours / theirs, 3)
    return line


def _cores(medians: dict) -> float | None:
    """By session where there are several: a side may have refused some."""
    return medians.get("cores_per_session", medians.get("cores.sum"))


def _medians(runs: list[dict]) -> dict:
    found = {}
    for path in [*_FIGURES, *_ssim_paths(runs)]:
        values = [value for run in runs if (value := _at(run, path)) is not None]
        if values:
            found[".".join(path)] = measures.median(values, _DIGITS)
    if refused := sum("refused" in run for run in runs):
        found["refused_runs"] = refused
    return found


def _ssim_paths(runs: list[dict]) -> list[tuple[str, ...]]:
    sizes = dict.fromkeys(size for run in runs for size in run.get("ssim", {}))
    return [("ssim", size, what) for size in sizes for what in ("mean", "p10")]


def _at(result: dict, path: tuple[str, ...]) -> float | None:
    value: object = result
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value if isinstance(value, int | float) else None
