"""Named, independent random streams from one seed."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The random stream of this seed and these names: independent of every other, in any order of calling.

    Parameters
    ----------
    seed : int
        The study's one seed.
    *names : str or int
        What the numbers are for, for example ``"draw", unit, wave``.

    Examples
    --------
    >>> stream(2014, "draw", "phu_cuong").integers(100) == stream(2014, "draw", "phu_cuong").integers(100)
    np.True_
    >>> stream(2014, "draw", "a").integers(2**60) == stream(2014, "draw", "b").integers(2**60)
    np.False_
    """
    # The names are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    text = "".join(f"{len(str(name))}:{name}" for name in names)
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([int(seed), *words])))
