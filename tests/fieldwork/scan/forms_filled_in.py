"""People who fill in forms, and the scanners that come after them: pages drawn over with marks of many kinds,
then turned, scaled, shaded, blurred, made noisy and stored as JPEG."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pypdfium2

DOTS = 10.0  # pixels a millimetre that marks are drawn in
PLAIN = ("fill", "sloppy", "part", "tick", "cross", "dash", "leaning tick", "leaning cross")
AWKWARD = (
    *("double", "moved", "cancelled", "struck", "erased", "rubbed", "faint", "pencil"),
    *("running", "circled", "beside"),
)
# A thin mark under a cross looks like a cross, to people too: to be gone it must be scribbled out.
_STRIKES = {
    **dict.fromkeys(("tick", "leaning tick", "dash", "cross", "leaning cross"), ("scribbled out",)),
    "blot": ("crossed out", "lined out", "doubly lined out", "scribbled out"),
}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a person meant by an item: its codes (() for blank; None where nobody can tell), and whether the
    mark is of the kind that a machine must read by itself."""

    codes: tuple[int, ...] | None
    plain: bool = True
    how: str = "blank"


def rendered(pdf):
    """The pages of a PDF, grey, `DOTS` pixels a millimetre."""
    bitmaps = [page.render(scale=DOTS * 25.4 / 72, grayscale=True) for page in pypdfium2.PdfDocument(pdf)]
    return [np.array(one.to_numpy()).reshape(one.height, one.width) for one in bitmaps]


def fill_in(page, layout, number, rng, *, awkward=0.08):
    """Marks on one page (grey, `DOTS` pixels a millimetre); what was meant, by item."""
    page = page.copy()
    habit = PLAIN[rng.integers(len(PLAIN))]
    grey = int(rng.choice([25, 60, 95]))  # black, blue and light blue pens
    meant, disturbed = {}, set()
    for item in layout.items:
        if item.page != number or not item.spots:
            continue
        spots = {spot.code: spot for spot in item.spots}
        one = int(rng.choice(list(spots)))
        if rng.random() < 0.07:
            meant[item.id] = Meant(())
        elif item.kind == "one" and rng.random() < awkward:
            how = AWKWARD[rng.integers(len(AWKWARD))]
            other = int(rng.choice([code for code in spots if code != one]))
            meant[item.id] = Meant(_awkwardly(page, how, spots[one], spots[other], rng, grey), False, how)
            if how == "running":
                disturbed |= _run_on(page, layout, spots[one], rng, grey)
        else:
            codes = {one}
            if item.kind == "several" and one not in item.alone:
                codes |= {code for code in spots if code not in item.alone and rng.random() < 0.3}
            how = habit if rng.random() < 0.8 else PLAIN[rng.integers(len(PLAIN))]
            for code in codes:
                mark(page, spots[code], how, rng, grey)
            meant[item.id] = Meant(tuple(sorted(codes)), how=how)
    for name in disturbed & meant.keys():
        meant[name] = replace(meant[name], plain=False)
    return page, meant


def _awkwardly(page, how, one, other, rng, grey):
    """The marks of one item at odds with themselves; the codes meant, or None where nobody can tell."""
    plain = PLAIN[rng.integers(len(PLAIN))]
    if how == "double":
        mark(page, one, "fill", rng, grey)
        mark(page, other, plain, rng, grey)
        return None
    if how in ("moved", "cancelled"):  # struck out; another one marked, or none
        cancelled = one if how == "cancelled" else other
        strikes = _STRIKES[plain] if plain in _STRIKES else _STRIKES["blot"]
        strike = strikes[rng.integers(len(strikes))]
        mark(page, cancelled, plain, rng, grey)
        mark(page, cancelled, strike, rng, grey)
        if how == "cancelled":
            return None
        mark(page, one, "cross", rng, grey)
    elif how == "struck":
        mark(page, one, "struck", rng, grey)
        return None
    elif how in ("erased", "rubbed"):  # rubbed out; another one marked, or none
        mark(page, other, "smudge", rng, grey)
        if how == "rubbed":
            return ()
        mark(page, one, plain, rng, grey)
    elif how == "running":
        mark(page, one, "tick", rng, grey)
    else:
        mark(page, one, {"faint": "pale"}.get(how, how), rng, grey)
    return (one.code,)


def _run_on(page, layout, spot, rng, grey):
    """A stroke that goes on into the nearest other bubble; the items it passes and touches."""
    others = [
        (np.hypot(near.x - spot.x, near.y - spot.y), near.code, item.id, near)
        for item in layout.items
        for near in item.spots
        if near.page == spot.page and near != spot
    ]
    *_, name, near = min(others)
    ends = [np.array([one.x, one.y]) + rng.normal(0, 0.5, 2) for one in (spot, near)]
    drawn = np.round(np.array(ends) * DOTS).astype(int)
    cv2.polylines(page, [drawn.reshape(-1, 1, 2)], False, grey, int(rng.integers(4, 7)), cv2.LINE_AA)
    low, high = sorted((spot.y, near.y))
    rows = ((item.id, other.y) for item in layout.items for other in item.spots if other.page == spot.page)
    return {name, *(other for other, y in rows if low - 3 < y < high + 3)}


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

    def cross(reach, **pen):
        stroke(near(-reach, -reach), near(reach, reach), **pen)
        stroke(near(-reach, reach), near(reach, -reach), **pen)

    if how in ("fill", "sloppy", "part", "struck"):
        low, high = {"fill": (0.9, 0.9), "sloppy": (0.7, 1.1), "part": (0.5, 0.65), "struck": (0.95, 0.95)}[
            how
        ]
        _blot(page, at, rng.uniform(low, high) * size, ink, rng)
    elif how == "pencil":  # lighter than a pen, and with the grain of the paper
        grain = _blot(page.copy(), at, rng.uniform(0.7, 1.0) * size, int(rng.uniform(90, 170)), rng)
        keep = cv2.GaussianBlur(rng.random(page.shape, dtype=np.float32), (0, 0), 1.2) > 0.47
        page[keep] = np.minimum(page, grain)[keep]
    elif how == "smudge":
        _smudge(page, at, rng)
    elif how == "tick":
        stroke(near(-0.6, 0.0), near(-0.1, 0.6), near(0.9, -0.9))
    elif how == "leaning tick":
        stroke(near(-0.7, -0.1), near(-0.1, 0.6), near(1.3, -1.3))
    elif how == "dash":
        stroke(near(-0.8, 0), near(0.8, 0), width=max(pen, 5))
    elif how == "pale":
        colour = int(rng.uniform(180, 225))
        stroke((-0.7, -0.7), (0.7, 0.7), colour=colour, width=3)
        stroke((-0.7, 0.7), (0.7, -0.7), colour=colour, width=3)
    elif how in ("cross", "leaning cross", "crossed out"):
        cross({"cross": 0.75, "leaning cross": rng.uniform(0.9, 1.25), "crossed out": 1.5}[how])
    elif how == "lined out":
        lean = rng.uniform(-1, 1)
        stroke(near(-1.7, lean), near(1.7, -lean))
    elif how == "doubly lined out":
        stroke(near(-1.7, -0.3), near(1.7, -0.2))
        stroke(near(-1.7, 0.3), near(1.7, 0.35))
    elif how == "circled":
        turns = np.linspace(0, rng.uniform(5.8, 6.8), 40)
        wide, high = rng.uniform(1.35, 2.2), rng.uniform(1.35, 1.7)
        stroke(
            *(np.column_stack([wide * np.cos(turns), high * np.sin(turns)]) + rng.normal(0, 0.02, (40, 2)))
        )
    elif how == "beside":  # on the words, or to the left of the circle
        at += (rng.choice([-1, 1]) * rng.uniform(4, 7), rng.normal(0, 0.3))
        cross(0.8)
    if how in ("struck", "scribbled out"):
        if how == "struck":
            cross(1.5)
        for high in np.linspace(-1.3, 1.3, 9):
            stroke(near(-1.4, high), near(1.4, -high))


def _blot(page, at, reach, ink, rng):
    turns = np.linspace(0, 2 * np.pi, 24)
    ragged = reach * (1 + rng.normal(0, 0.05, 24))
    outline = at + np.column_stack([np.cos(turns), np.sin(turns)]) * ragged[:, None]
    return cv2.fillPoly(page, [np.round(outline * DOTS).astype(int)], ink, cv2.LINE_AA)


def _smudge(page, at, rng):
    reach = int(2.2 * DOTS)
    x, y = np.round(at * DOTS).astype(int)
    patch = page[y - reach : y + reach, x - reach : x + reach].astype(np.float32)
    away = np.hypot(*np.mgrid[-reach:reach, -reach:reach]) / reach
    cloud = cv2.GaussianBlur(rng.random(patch.shape).astype(np.float32), (0, 0), 4)
    shade = rng.uniform(25, 60) * (away < 0.9) * (0.5 + cloud)
    page[y - reach : y + reach, x - reach : x + reach] = np.clip(patch - shade, 0, 255)


def creased(page, line, *, lean=0.0, depth=20.0):
    """The page with a fold across it that starts at row `line` of its pixels."""
    high, wide = page.shape
    away = np.abs(np.arange(high)[:, None] - line - lean * np.arange(wide)[None]) / DOTS
    return np.clip(page - depth * np.exp(-((away / 0.25) ** 2)), 0, 255).astype(np.uint8)


def _worn(page, rng):
    """What happens to paper on its way: a crease where the form was folded, a corner turned over."""
    page = page.copy()
    high, wide = page.shape
    if rng.random() < 0.5:
        page = creased(
            page, int(high * rng.normal(0.5, 0.02)), lean=rng.normal(0, 0.002), depth=rng.uniform(8, 30)
        )
    if rng.random() < 0.06:
        side = rng.uniform(8, 16) * DOTS
        x, y = int(rng.integers(2)) * wide, int(rng.integers(2)) * high  # the square code's corner as well
        turned = np.array([(x, y), (abs(x - side), y), (x, abs(y - side))]).round().astype(int)
        cv2.fillPoly(page, [turned], 250)
        cv2.line(page, turned[1], turned[2], 170, 3, cv2.LINE_AA)
    return page


def _shadow(shape, rng):
    """Uneven light: falling off to one side and downwards; now and then the dark of a fold or a lid left open
    along an edge, or a soft shadow on the page."""
    high, wide = shape
    x, y = np.linspace(0, 1, wide)[None], np.linspace(0, 1, high)[:, None]
    shade = (1 - rng.uniform(0, 0.15) * x) * (1 - rng.uniform(0, 0.1) * y)
    if rng.random() < 0.2:
        shade = shade * (1 - rng.uniform(0.1, 0.35) * np.exp(-(x[:, :: rng.choice([-1, 1])]) / 0.08))
    if rng.random() < 0.2:
        away = ((x - rng.random()) / rng.uniform(0.1, 0.4)) ** 2 + (
            (y - rng.random()) / rng.uniform(0.1, 0.4)
        ) ** 2
        shade = shade * (1 - rng.uniform(0.1, 0.3) * np.exp(-away))
    return shade


def scan(page, rng, *, dots=None, turn=None):
    """The page as a scanner gives it: JPEG bytes and the picture they hold."""
    dots = rng.choice([150, 200, rng.uniform(150, 300), 300]) / 25.4 if dots is None else dots
    turn = rng.uniform(-3, 3) if turn is None else turn
    page = _worn(page, rng)
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
    seen = (seen * rng.uniform(0.8, 0.95) + rng.uniform(5, 25)) * _shadow(seen.shape, rng)
    seen += rng.normal(0, rng.uniform(2, 12), seen.shape)
    grey = np.clip(seen, 0, 255).astype(np.uint8)
    _, stored = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 92))])
    return stored.tobytes(), cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)
