"""People who fill in forms, and the scanners that come after them: pages drawn over with marks of many kinds,
then turned, scaled, shaded, blurred, made noisy and stored as JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

DOTS = 10.0  # pixels a millimetre that marks are drawn in
PLAIN = ("fill", "sloppy", "part", "tick", "cross", "dash")
AWKWARD = ("double", "moved", "erased", "faint", "struck", "cancelled")


@dataclass(frozen=True, slots=True)
class Meant:
    """What a person meant by an item: its codes (() for blank; None where nobody can tell), and whether the
    mark is of the kind that a machine must read by itself."""

    codes: tuple[int, ...] | None
    plain: bool = True
    how: str = "blank"


def fill_in(page, layout, number, rng, *, awkward=0.08):
    """Marks on one page (grey, `DOTS` pixels a millimetre); what was meant, by item."""
    page = page.copy()
    habit = PLAIN[rng.integers(len(PLAIN))]
    grey = int(rng.choice([25, 60, 95]))
    meant = {}
    for item in layout.items:
        if item.page != number or not item.spots:
            continue
        spots = {spot.code: spot for spot in item.spots}
        one = int(rng.choice(list(spots)))
        if rng.random() < 0.07:
            meant[item.id] = Meant(())
        elif item.kind == "one" and rng.random() < awkward:
            meant[item.id] = _awkwardly(page, spots, one, rng, grey)
        else:
            codes = {one}
            if item.kind == "several" and one not in item.alone:
                codes |= {code for code in spots if code not in item.alone and rng.random() < 0.3}
            how = habit if rng.random() < 0.8 else PLAIN[rng.integers(len(PLAIN))]
            for code in codes:
                mark(page, spots[code], how, rng, grey)
            meant[item.id] = Meant(tuple(sorted(codes)), how=how)
    return page, meant


def _awkwardly(page, spots, one, rng, grey):
    how = AWKWARD[rng.integers(len(AWKWARD))]
    other = int(rng.choice([code for code in spots if code != one]))
    if how == "double":
        for code in (one, other):
            mark(page, spots[code], "fill", rng, grey)
        return Meant(None, False, how)
    if how == "moved":  # struck out, and another one marked
        mark(page, spots[other], "fill", rng, grey)
        mark(page, spots[other], "strike", rng, grey)
        mark(page, spots[one], "cross", rng, grey)
        return Meant((one,), False, how)
    if how == "cancelled":  # struck out, and nothing else marked
        mark(page, spots[one], "fill", rng, grey)
        mark(page, spots[one], "strike", rng, grey)
        return Meant(None, False, how)
    if how == "erased":
        mark(page, spots[other], "smudge", rng, grey)
        mark(page, spots[one], "fill", rng, grey)
        return Meant((one,), False, how)
    mark(page, spots[one], {"faint": "pale", "struck": "struck"}[how], rng, grey)
    return Meant((one,) if how == "faint" else None, False, how)


def mark(page, spot, how, rng, grey):
    """One mark on a bubble, as hands make them."""
    at = np.array([spot.x, spot.y]) + rng.normal(0, 0.2, 2)
    size, ink = 2.0, int(np.clip(grey + rng.normal(0, 12), 5, 120))
    pen = max(3, int(rng.uniform(0.35, 0.7) * DOTS))

    def stroke(*points, colour=ink, width=pen):
        drawn = np.round((at + np.array(points) * size) * DOTS).astype(int)
        cv2.polylines(page, [drawn.reshape(-1, 1, 2)], False, colour, width, cv2.LINE_AA)

    def near(x, y):
        return np.array([x, y]) + rng.normal(0, 0.12, 2)

    if how in ("fill", "sloppy", "part", "struck"):
        reach = {
            "fill": 0.9,
            "sloppy": rng.uniform(0.7, 1.1),
            "part": rng.uniform(0.5, 0.65),
            "struck": 0.95,
        }[how]
        turns = np.linspace(0, 2 * np.pi, 24)
        ragged = reach * size * (1 + rng.normal(0, 0.05, 24))
        outline = at + np.column_stack([np.cos(turns), np.sin(turns)]) * ragged[:, None]
        cv2.fillPoly(page, [np.round(outline * DOTS).astype(int)], ink, cv2.LINE_AA)
    if how == "tick":
        stroke(near(-0.6, 0.0), near(-0.1, 0.6), near(0.9, -0.9))
    if how in ("cross", "strike", "struck"):
        reach = 0.75 if how == "cross" else 1.5
        stroke(near(-reach, -reach), near(reach, reach))
        stroke(near(-reach, reach), near(reach, -reach))
    if how == "struck":
        for high in np.linspace(-1.3, 1.3, 9):
            stroke(near(-1.4, high), near(1.4, -high))
    if how == "dash":
        stroke(near(-0.8, 0), near(0.8, 0), width=max(pen, 5))
    if how == "pale":
        stroke((-0.7, -0.7), (0.7, 0.7), colour=int(rng.uniform(180, 225)), width=3)
        stroke((-0.7, 0.7), (0.7, -0.7), colour=int(rng.uniform(180, 225)), width=3)
    if how == "smudge":
        _smudge(page, at, rng)


def _smudge(page, at, rng):
    reach = int(2.2 * DOTS)
    x, y = np.round(at * DOTS).astype(int)
    patch = page[y - reach : y + reach, x - reach : x + reach].astype(np.float32)
    away = np.hypot(*np.mgrid[-reach:reach, -reach:reach]) / reach
    cloud = cv2.GaussianBlur(rng.random(patch.shape).astype(np.float32), (0, 0), 4)
    shade = rng.uniform(25, 60) * (away < 0.9) * (0.5 + cloud)
    page[y - reach : y + reach, x - reach : x + reach] = np.clip(patch - shade, 0, 255)


def scan(page, rng, *, dots=None, turn=None):
    """The page as a scanner gives it: JPEG bytes and the picture they hold."""
    dots = rng.uniform(150, 300) / 25.4 if dots is None else dots
    turn = rng.uniform(-3, 3) if turn is None else turn
    high, wide = page.shape
    scale = dots / DOTS
    border = 0.035 * wide
    out = (round((wide + 2 * border) * scale), round((high + 2 * border) * scale))
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), turn, scale)
    matrix[:, 2] += np.array(out) / 2 - np.array([wide, high]) / 2 + rng.normal(0, 3, 2)
    full = np.vstack([matrix, [0, 0, 1]])
    centre = np.array([[1, 0, -out[0] / 2], [0, 1, -out[1] / 2], [0, 0, 1]])
    bent = np.eye(3)
    bent[2, :2] = rng.normal(0, 1.5e-6, 2) / scale  # a page not quite flat on the glass
    full = np.linalg.inv(centre) @ bent @ centre @ full
    blurred = cv2.GaussianBlur(page, (0, 0), max(0.3, 0.45 / scale))
    seen = cv2.warpPerspective(blurred, full, out, flags=cv2.INTER_AREA, borderValue=245).astype(np.float32)
    seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.2, 1.1))
    shade = (
        1
        - rng.uniform(0, 0.15) * np.linspace(0, 1, out[0])[None]
        - rng.uniform(0, 0.1) * np.linspace(0, 1, out[1])[:, None]
    )
    seen = (seen * rng.uniform(0.8, 0.95) + rng.uniform(5, 25)) * shade
    seen += rng.normal(0, rng.uniform(2, 12), seen.shape)
    grey = np.clip(seen, 0, 255).astype(np.uint8)
    _, stored = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 92))])
    return stored.tobytes(), cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)
