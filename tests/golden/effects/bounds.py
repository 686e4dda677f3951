"""moderndid's answers on relative-magnitude bounds, for tests/numerics/test_inequalities.py.

    python tests/golden/effects/bounds.py

moderndid with its part `didhonest` (a Python port of R's HonestDiD) is in no lock: run it in an environment
of its own. One wave after the start, so that its test has no nuisance parameter either; the coefficients
and their covariance are made up and taken as known.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
from moderndid.didhonest.arp_no_nuisance import compute_arp_ci
from moderndid.didhonest.arp_nuisance import compute_least_favorable_cv

FOLDER = Path(__file__).resolve().parent
BEFORE = (1, 2, 3)  # coefficients before the last wave before, which has none
M_BARS = (0.25, 0.5, 1.0, 2.0)
LOW, HIGH, POINTS = -1.5, 2.2, 3701


def world(before: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients against the last wave before, of units with independent shocks in every wave."""
    against = np.column_stack(
        [np.eye(before + 1)[:, :before], -np.ones(before + 1), np.eye(before + 1)[:, before]]
    )
    sigma = 0.06**2 * against @ against.T
    beta = np.append(rng.normal(0, 0.08, before), 0.35)
    return beta, sigma


def restriction(before: int, m_bar: float, largest: int, sign: int) -> np.ndarray:
    """A of {δ: A δ ≤ 0} for differences between waves none of which exceeds `sign` times the one numbered
    `largest`, and the last, after the start, at most `m_bar` times it; the wave of reference left out.

    Written out here: moderndid 0.2 takes the first difference after the start for the last one before.
    """
    steps = np.diff(np.eye(before + 2), axis=0)
    most = sign * steps[largest]
    scale = np.append(np.ones(before), m_bar)[:, None]
    rows = np.vstack([steps - scale * most, -steps - scale * most])
    return np.delete(rows[np.abs(rows).any(axis=1)], before, axis=1)


def hull(beta: np.ndarray, sigma: np.ndarray, m_bar: float, test: str) -> list[float]:
    """The ends of the confidence set at 90 %, the union over which drift was the largest, and its sign.

    `test` is ARP, conditional, or LF, its hybrid with the least favourable case. moderndid's hybrid without
    nuisance parameters does not cut the conditional distribution off at the first stage: it is a little wider
    than the published one.
    """
    before, kept = len(beta) - 1, []
    for largest in range(before):
        for sign in (1, -1):
            a = restriction(before, m_bar, largest, sign)
            made = compute_arp_ci(
                beta,
                sigma,
                a,
                np.zeros(len(a)),
                before,
                1,
                alpha=0.10,
                grid_lb=LOW,
                grid_ub=HIGH,
                grid_points=POINTS,
                hybrid_flag=test,
                hybrid_kappa=0.01,
                lf_cv=compute_least_favorable_cv(None, a @ sigma @ a.T, 0.01, seed=1),
            )
            kept.append(np.asarray(made.theta_grid)[np.asarray(made.accept_grid).astype(bool)])
    held = np.concatenate(kept)
    return [float(held.min()), float(held.max())]


def main() -> None:
    rng, cases = np.random.default_rng(20151130), []
    for before in BEFORE:
        for _ in range(3):
            beta, sigma = world(before, rng)
            for m_bar in M_BARS:
                case = {"beta": beta.tolist(), "sigma": sigma.tolist(), "m_bar": m_bar}
                cases.append(case | {name: hull(beta, sigma, m_bar, name) for name in ("ARP", "LF")})
    made_with = {
        "moderndid": version("moderndid"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }
    document = {"made_with": made_with, "grid": [LOW, HIGH, POINTS], "cases": cases}
    (FOLDER / "bounds.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
