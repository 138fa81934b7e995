"""Does a run learn, or remember? Slice AUCs of ``ich-present`` on patients it learned from beside those it did not.

Far better on its own patients' real slices but not on blood painted into them: it knows the patients, not the blood.
Better on painted blood of its own patients than of others: it needs more of it, or more varied. Low on both: more steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..networks import SliceNetwork
from ..train.cross_validation import Workspace, read_weights, split
from ..train.pool import read_pool
from ..train.predict import to_network_pixels
from ..train.prepared import PreparedPatient
from .held_out import as_patient
from .metrics import measure_all

SLICES, SEED, BATCH = 150, 7, 16


def measure_fit(workspace: Workspace, name: str, fold: str, slices: int = SLICES) -> dict:
    """:param slices: drawn at most of each sort (with and without a bleed, real and painted, learned from and held out)

    :raises InputError: when the fold has no finished run
    """
    network = SliceNetwork(name)
    network.load_state_dict(read_weights(workspace.run(name, fold)))
    network.eval()
    rng = np.random.default_rng(SEED)

    @torch.no_grad()
    def answer(hu: np.ndarray) -> np.ndarray:
        pixels = to_network_pixels(hu, name)
        return torch.cat([network(part)[0][:, 0] for part in pixels.split(BATCH)]).numpy()

    groups = dict(zip(("learned", "heldOut"), split(workspace, fold), strict=True))
    return {
        "network": name,
        "fold": fold,
        "real": {who: _measure_real(patients, network.kind.side_px, answer, rng, slices) for who, patients in groups.items() if patients},
        "painted": {who: _measure_painted(workspace, patients, network.kind.side_px, answer, rng, slices) for who, patients in groups.items() if patients},
    }


Answer = Callable[[np.ndarray], np.ndarray]


def _measure_real(patients: list[PreparedPatient], side: int, answer: Answer, rng: np.random.Generator, slices: int) -> dict:
    hu, labels = np.concatenate([p.hu[side] for p in patients]), np.concatenate([p.labels for p in patients])
    return _measure(*(answer(hu[_draw(rng, labels == truth, slices)]) for truth in (1, 0)))


def _measure_painted(workspace: Workspace, patients: list[PreparedPatient], side: int, answer: Answer, rng: np.random.Generator, slices: int) -> dict:
    """Of bleeds, all and by kind, against strokes and distractors painted into the same patients."""
    normals = [p for p in patients if not p.positive]
    pool = read_pool(workspace.pool, [p.patient for p in normals])
    rows = [_draw(rng, pool.ich == truth, slices) for truth in (1, 0)]
    bleeds, others = (answer(as_patient(normals[0], pool.hu[chosen]).hu[side]) for chosen in rows)
    kinds = pool.kind[rows[0]]
    return _measure(bleeds, others) | {"kinds": {str(kind): _measure(bleeds[kinds == kind], others) for kind in np.unique(kinds)}}


def _draw(rng: np.random.Generator, chosen: np.ndarray, count: int) -> np.ndarray:
    rows = np.flatnonzero(chosen)
    return rng.choice(rows, min(count, len(rows)), replace=False)


def _measure(positives: np.ndarray, negatives: np.ndarray) -> dict:
    truth = np.repeat([1, 0], [len(positives), len(negatives)])
    auc = measure_all(truth, np.concatenate([positives, negatives]), 0.0)["auc"]
    return {"auc": round(float(auc), 4) if np.isfinite(auc) else None, "positives": len(positives), "negatives": len(negatives)}
