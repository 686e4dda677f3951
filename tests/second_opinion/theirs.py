"""What `svy` answers, under the names of `ours.py`."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd

from tests.second_opinion.ours import AGE, GROUP, SIZE, Answer

if find_spec("svy"):  # in no lock: see the extra `bench`
    import polars as pl
    import svy

COLUMNS = {"est": "estimate", "se": "std_error", "df": "df", "lci": "conf_low", "uci": "conf_high"}


def answers(rows: pd.DataFrame, drawn: pd.DataFrame) -> dict[str, Answer]:
    frame = pl.from_pandas(rows)
    sample = svy.Sample(frame, svy.Design(stratum="h", psu="psu", wgt="w"))
    return {
        **_estimates(sample),
        **_designs(frame),
        **_replicates(frame, sample, drawn),
        **_tests(sample),
        **_models(sample),
        **_weights(frame, sample),
    }


def of(made) -> Answer:
    table = made.to_polars()
    return {ours: table[name].cast(pl.Float64).to_list() for name, ours in COLUMNS.items() if name in table}


def _estimates(sample) -> dict[str, Answer]:
    ask = sample.estimation
    made = {
        "mean": ask.mean("y"),
        "mean by domain": ask.mean("y", by="d"),
        "mean with gaps": ask.mean("gap", drop_nulls=True),
        "total": ask.total("y"),
        "total by domain": ask.total("y", by="d"),
        "ratio": ask.ratio("y", "x"),
        "shares, logit": ask.prop("g"),
        "rare share, beta": ask.prop("rare", ci_method="beta"),
        "rare share, Wilson": ask.prop("rare", ci_method="wilson"),
        "quantiles": ask.quantile("y", p=(0.25, 0.5, 0.9)),
        "covariance": ask.cov(("y", "x")),
        "correlation": ask.corr(("y", "x")),
    }
    effects = {
        f"design effect, {name}": {"deff": ask.mean("y", by="d", deff=how).to_polars()["deff"].to_list()}
        for name, how in (("without replacement", "wor"), ("with replacement", "wr"))
    }
    return {name: of(one) for name, one in made.items()} | effects


def _designs(frame) -> dict[str, Answer]:
    chance = pl.col("N") / 4 * pl.col("M") / 10
    frame = frame.with_columns(chance.alias("counted"))
    one = svy.Sample(frame, svy.Design(stratum="h", psu="psu", wgt="w", pop_size="N"))
    both = svy.PopSize(psu="N", ssu="M")
    two = svy.Sample(frame, svy.Design(stratum="h", psu="psu", ssu="person", wgt="counted", pop_size=both))
    made = {
        "FPC, mean": one.estimation.mean("y"),
        "two stages with FPC, mean": two.estimation.mean("y"),
        "two stages with FPC, total": two.estimation.total("y"),
    }
    for rule, named in (("adjust", "center"), ("average", "scale"), ("certainty", "skip")):
        design = svy.Design(stratum="alone", psu="psu", wgt="w", singleton=named)
        made[f"lonely cluster, {rule}"] = svy.Sample(frame, design).estimation.mean("y")
    return {name: of(one) for name, one in made.items()}


def _replicates(frame, sample, drawn) -> dict[str, Answer]:
    pairs = svy.Sample(frame, svy.Design(stratum="pair", psu="psu", wgt="w"))
    plain = svy.Sample(frame, svy.Design(psu="psu", wgt="w"))
    known = svy.BootstrapWgts(prefix="rw", n_reps=drawn.shape[1], df=18)
    read = svy.Sample(frame.hstack(pl.from_pandas(drawn).get_columns()), svy.Design(wgt="w", rep_wgts=known))
    how = {"method": "replication"}
    made = {
        "jackknife (JKn), mean": sample.weighting.create_jk_wgts().estimation.mean("y", **how),
        "jackknife (JKn), ratio": sample.weighting.create_jk_wgts().estimation.ratio("y", "x", **how),
        "jackknife (JK1), ratio": plain.weighting.create_jk_wgts().estimation.ratio("y", "x", **how),
        "half-samples (BRR), ratio": pairs.weighting.create_brr_wgts().estimation.ratio("y", "x", **how),
        "Fay's half-samples, ratio": pairs.weighting.create_brr_wgts(fay_coef=0.3).estimation.ratio(
            "y", "x", fay_coef=0.3, **how
        ),
        "successive differences, mean": plain.weighting.create_sdr_wgts(n_reps=24).estimation.mean(
            "y", **how
        ),
        "bootstrap weights read, ratio": read.estimation.ratio("y", "x", **how),
    }
    return {name: of(one) for name, one in made.items()}


def _tests(sample) -> dict[str, Answer]:
    ask, table = sample.categorical, sample.categorical.tabulate("d", "g").stats
    made = {
        "Rao–Scott F": {
            "statistic": [table.f.value],
            "df_num": [table.f.df_num],
            "df": [table.f.df_den],
            "p_value": [table.f.p_value],
        },
        "Rao–Scott chi-square": {
            "statistic": [table.chisq.value],
            "df_num": [table.chisq.df],
            "p_value": [table.chisq.p_value],
        },
    }
    tests = {
        "t-test, one sample": ask.ttest("y", mean_h0=49.0),
        "t-test, paired": ask.ttest("y", y_pair="before"),
        "t-test, two groups": ask.ttest("y", group="d"),
        "rank test, Kruskal–Wallis": ask.ranktest("y", group="g", score="kruskal-wallis"),
        "rank test, van der Waerden": ask.ranktest("y", group="d", score="vander-waerden"),
        "rank test, median": ask.ranktest("y", group="d", score="median"),
    }
    names = {
        "t": "statistic",
        "f_stat": "statistic",
        "ndf": "df_num",
        "ddf": "df",
        "df": "df",
        "se": "std_error",
        "p_value": "p_value",
    }
    for name, test in tests.items():
        line = test.to_polars()
        made[name] = {
            ours: line[key].cast(pl.Float64).to_list() for key, ours in names.items() if key in line
        }
    return made


def _models(sample) -> dict[str, Answer]:
    names = {
        "estimate": "estimate",
        "std_err": "std_error",
        "df": "df",
        "conf_low": "conf_low",
        "conf_high": "conf_high",
    }
    families = {
        "linear": ("y", "gaussian", None),
        "logistic": ("yes", "binomial", None),
        "probit": ("yes", "binomial", "probit"),
        "poisson": ("visits", "poisson", None),
    }
    found, group = {}, svy.Cat("g", ref="a")
    for name, (y, family, link) in families.items():
        made = sample.glm.fit(y=y, x=["x", group], family=family, link=link, tol=1e-12)
        table = made.to_polars()
        found[f"{name} regression"] = {
            ours: table[key].cast(pl.Float64).to_list() for key, ours in names.items()
        }
        test = made.term_test(group)
        found[f"{name} regression, term test"] = {
            "statistic": [test.value],
            "df_num": [test.df_num],
            "df": [test.df_den],
            "p_value": [test.p_value],
        }
        if name == "logistic":
            found["marginal effect (logistic)"] = _margins(made.margins(variables=["x"]))
            found["standardised predictions (logistic)"] = _margins(made.margins(at={"g": ["a", "b", "c"]}))
    return found


def _margins(made) -> Answer:
    table = made.to_polars()
    names = {"margin": "estimate", "se": "std_error", "lci": "conf_low", "uci": "conf_high"}
    return {ours: table[key].to_list() for key, ours in names.items() if key in table}


def _weights(frame, sample) -> dict[str, Answer]:
    age, group = ({t.variable: dict(zip(t.levels, t.counts.tolist(), strict=True))} for t in (AGE, GROUP))
    greg = {svy.Cat("age"): age["age"], "x": float(SIZE.counts[0])}
    ways = {
        "post-stratified": sample.weighting.poststratify(controls=age["age"], cells="age"),
        "raked": sample.weighting.rake(controls={**age, **group}, tol=1e-12, max_iter=500),
        "regression (GREG)": sample.weighting.calibrate(controls=greg),
    }
    found = {}
    for name, made in ways.items():
        found[f"{name}, weights"] = {"weights": made.data[made.design.wgt].to_list()}
        found[f"{name}, mean of y"] = of(made.estimation.mean("y"))
    told = np.where(frame["yes"].to_numpy() == 1, "complete", "refusal")
    asked = svy.Sample(
        frame.with_columns(pl.Series("outcome", told)), svy.Design(stratum="h", psu="psu", wgt="w")
    )
    left = asked.weighting.adjust(
        "outcome", cells="h", resp_mapping={"rr": "complete", "nr": "refusal"}, respondents_only=False
    )
    found["non-response in classes, weights"] = {"weights": left.data["nr_wgt"].fill_null(0).to_list()}
    upper = 1.4 * float(np.median(frame["w"]))
    cut = sample.weighting.trim(upper=upper, tol=1e-12, max_iter=200)
    found["trimmed weights"] = {"weights": cut.data["trim_wgt"].to_list()}
    return found
