"""What a training run is told; stored with the run, so that it can be resumed and reported."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import InputError
from ..networks import KINDS


@dataclass(frozen=True)
class Stage:
    """Some steps at one image side. ``peak_rate`` is the largest learning rate of its one-cycle schedule."""

    side_px: int
    steps: int
    batch: int
    peak_rate: float


@dataclass(frozen=True)
class Settings:
    """``mix``: share of a batch from real positives, real negatives, simulated bleeds, distractors, strokes.

    ``level_matching``: share of the real negatives drawn from the levels of the head at which bleeds lie. Bleeds are
    rare at skull base and vertex, so a network can otherwise lower its loss by telling levels apart, not blood.
    ``location_weight``: of the last map's mass inside known blood; ``blood_map_weight``: of blood cell by cell (blood_maps.py);
    ``somewhere_weight``: of each slice by its bloodiest cells, which is all that real bleeds, without masks, can teach there.
    ``teacher_weight``, ``map_weight``, ``feature_weight``: of a teacher's answer, of that answer at every place, of its features.
    """

    network: str
    stages: tuple[Stage, ...]
    seed: int = 1
    mix: tuple[float, float, float, float, float] = (0.25, 0.31, 0.19, 0.06, 0.19)
    level_matching: float = 0.0
    weight_decay: float = 0.05
    label_smoothing: float = 0.02
    location_weight: float = 0.3
    blood_map_weight: float = 0.0
    somewhere_weight: float = 0.0
    forecast_weight: float = 0.5
    teacher_weight: float = 0.0
    map_weight: float = 0.0
    feature_weight: float = 0.0
    ema_decay: float = 0.98
    augment: dict[str, float] = field(
        default_factory=lambda: {"rotation_deg": 20, "scale": 0.15, "shift": 0.05, "hu_shift": 4, "hu_scale": 0.05, "noise_hu": 4, "blur": 0.2}
    )

    @property
    def has_teacher(self) -> bool:
        return self.teacher_weight + self.map_weight + self.feature_weight > 0

    def __post_init__(self) -> None:
        if self.network not in KINDS:
            raise InputError(f"unknown network {self.network}; known: {', '.join(KINDS)}")
        if not self.stages:
            raise InputError("a run needs at least one stage")
        for number, stage in enumerate(self.stages, start=1):
            if stage.side_px < 32 or stage.steps < 1 or stage.batch < 2 or stage.peak_rate <= 0:
                raise InputError(f"stage {number} needs side_px >= 32, steps >= 1, batch >= 2 and peak_rate > 0, got {stage}")
        if len(self.mix) != 5 or min(self.mix) < 0 or abs(sum(self.mix) - 1) > 1e-6:
            raise InputError(f"mix must be five shares that add up to 1, got {list(self.mix)}")


def write_settings(settings: Settings, path: Path) -> None:
    path.write_text(json.dumps(asdict(settings), indent=2) + "\n")


def read_settings(path: Path) -> Settings:
    """:raises InputError: for broken JSON or unknown keys"""
    try:
        raw = json.loads(path.read_text())
        raw["stages"] = tuple(Stage(**stage) for stage in raw["stages"])
        if "mix" in raw:
            raw["mix"] = tuple(raw["mix"])
        return Settings(**raw)
    except InputError as error:
        raise InputError(str(error), file=path) from error
    except OSError as error:
        raise InputError(f"settings file cannot be read ({error.strerror})", file=path) from error
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg})", file=path, row=error.lineno) from error
    except (KeyError, TypeError) as error:
        raise InputError(f"not a settings file ({error})", file=path) from error
