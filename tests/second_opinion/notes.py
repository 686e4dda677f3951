"""The words of docs/svy.md: why answers differ, who is right. No difference without a note."""

from __future__ import annotations

HEAD = """# A second opinion: the Python package svy

`make second-opinion` writes this page. Made-up rows (6 strata of 4 clusters of 10 people) are put to us, to
`svy` {svy} and to R's `survey` {r} with the same questions; the table gives the greatest relative difference
of estimates, standard errors, degrees of freedom, interval ends, test statistics and p-values (1e-12: they
agree to that). `svy` is in the extra `bench` only: in an environment of its own,
`pip install ".[bench]"`, then `make second-opinion BENCH_PYTHON=…/bin/python`. Without it or without R
nothing is written.

{agree} of the {asked} answers that svy gives too agree with ours to 1e-6 or better, nearly all to 1e-12.
"""

_TIES = (
    "where values tie under unequal weights, svy, as R, ranks them in the order in which their rows stand, "
    "so that another order gives another p; ours take the middle of their ranks by weight. Two of the 240 "
    "rows tie here. Without ties all three agree (tests/golden/test_own_r_models.py)."
)

NOTES = {
    "rank test, Kruskal–Wallis": _TIES,
    "rank test, van der Waerden": "as for Kruskal–Wallis.",
    "rare share, Wilson": (
        "both replace n by n* = p(1 − p)/se² and use t of the design. svy besides multiplies n* by (t of "
        "n − 1 / t of the design)², as the beta interval does, which has no t of its own: the few "
        "clusters count twice, and its interval is wider. R has no Wilson interval in this version."
    ),
    "successive differences, mean": (
        "svy makes them from single rows and ignores `psu` (with and without it the answer is the same). "
        "Ours go by clusters: the closed form ½ Σ (z_i − z_(i+1))² around the circle of the 24 clusters "
        "gives a standard error of 0.7491, our replicates 0.7515 (a mean is not quite linear), svy "
        "0.5806. R's package makes none in this version."
    ),
    "bootstrap weights read, ratio": (
        "the spread of R = 100 replicates about their own mean is divided by R − 1 by us and in R, by R "
        "in svy: its standard error is √(99/100) of ours."
    ),
    "Rao–Scott chi-square": (
        "the same test and p-value. We show Pearson's statistic divided by the mean design effect, which "
        "is what is compared with chi-square, and Pearson's own as `unadjusted`; svy and R show Pearson's "
        "own."
    ),
    "t-test, one sample": (
        "degrees of freedom: ours are clusters minus strata (18), those of the mean that is tested; svy "
        "and R take one more away (17). The statistic is the same."
    ),
    "t-test, paired": "as for one sample: 18 degrees of freedom with us, 17 in svy and R.",
    "marginal effect (logistic)": (
        "svy counts the variance of the coefficients alone and takes the covariates of the sample as "
        "given; ours vary with the sample. R's package has no marginal effects. See the predictions."
    ),
    "standardised predictions (logistic)": (
        "svy counts the variance of the coefficients alone; R (`svypredmeans`) adds that of the "
        "covariates as if the two were independent; we add their influences, so that their covariance "
        "counts. On a sample of 8 times as many rows, made likewise, the jackknife of the whole procedure "
        "lay within 0.2 % of ours and up to 0.9 % from svy's, above it for one level and below it for "
        "another."
    ),
    "raked, mean of y": (
        "the residuals are those of a regression on the margins: weighted by the weights before raking "
        "with us (as with everybody after post-stratification and GREG), unweighted after R's `rake` and "
        "in svy, which follows it. Both are consistent; with `calibration_weights` of ones ours gives R's "
        "to 1e-9 (tests/golden/test_own_r.py)."
    ),
    "trimmed weights": (
        "what is cut off is shared out equally among the others by us and R, in proportion to their "
        "weights by svy. R's own `strict = TRUE` never ends on these rows; here its single step is "
        "repeated."
    ),
}

ONE_SIDED = """## Where R differs from both, and what svy does not offer

- Half-samples (BRR): svy and we take the same Hadamard matrix, R another. Standard errors of what is
  linear in the totals are the same; those of a ratio differ in the third digit, and neither is more
  right.
- Probit: the fits stop at different places. The score equations hold to 4e-12 at ours, to 1e-7 in R, to
  3e-6 in svy.
- svy refuses bounded calibration ("not supported by this method yet"); ours equals R's.
- svy has no intervals by arcsine or likelihood, no ordinal regression, no variance for draws without
  replacement with unequal probabilities, no two-phase samples. It has regressions with gamma, inverse
  Gaussian and negative binomial families, which we have not.
"""
