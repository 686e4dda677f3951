# Draws without replacement with unequal probabilities by R's survey package, for the made-up rows beside this
# file. The weights are 1/p to all digits, as survey makes them.
#   Rscript tests/golden/r/unequal.R FOLDER-OF-CSV OUTPUT.json [SESSION.txt]
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- read.csv(file.path(arguments[1], "generated_unequal.csv"), stringsAsFactors = TRUE)
rows$h <- as.integer(rows$h)  # survey wants numbers here
answer <- list()
keep <- function(id, stat) {
  answer[[id]] <<- list(estimate = as.numeric(coef(stat)), vcov = unname(as.matrix(vcov(stat))))
}

draws <- list(
  brewer = svydesign(id = ~psu, strata = ~h, fpc = ~p, data = rows, pps = "brewer"),
  overton = svydesign(id = ~psu, strata = ~h, fpc = ~p, data = rows, pps = "overton"),
  overton_yates_grundy = svydesign(id = ~psu, strata = ~h, fpc = ~p, data = rows, pps = "overton", variance = "YG"),
  hartley_rao = svydesign(id = ~psu, strata = ~h, fpc = ~p, data = rows, pps = HR()),
  hartley_rao_yates_grundy = svydesign(id = ~psu, strata = ~h, fpc = ~p, data = rows, pps = HR(), variance = "YG")
)
for (name in names(draws)) {
  keep(paste0(name, "_total"), svytotal(~y + x, draws[[name]]))
  keep(paste0(name, "_mean"), svymean(~y + g, draws[[name]]))
  answer[[paste0(name, "_df")]] <- list(estimate = degf(draws[[name]]))
}

# One row a cluster: totals of the clusters, one stratum; made-up probabilities of pairs.
one <- aggregate(cbind(y, x) ~ psu + p, data = rows, FUN = sum)
one <- one[order(one$psu), ]
n <- nrow(one)
joint <- outer(one$p, one$p) * (n - 1) / (n - outer(one$p, one$p, "+") + sum(one$p) / n)
joint <- joint * (1 - 0.02 * abs(outer(1:n, 1:n, "-")) / n)
diag(joint) <- one$p
for (variance in c("HT", "YG")) {
  design <- svydesign(id = ~1, fpc = ~p, data = one, pps = ppsmat(joint), variance = variance)
  keep(paste0("joint_", variance), svytotal(~y + x, design))
}
# A known sum of squared probabilities in the population.
design <- svydesign(id = ~1, fpc = ~p, data = one, pps = HR(3.5 / n))
keep("hartley_rao_known", svytotal(~y + x, design))

# Two phases of the rows of generated_two_stage: all of them, then some by kind. The strata of the first phase are
# of one size: where they are not, survey 4.1.1 takes the sizes of other rows (it indexes those of the whole first
# phase by places in the second).
two <- read.csv(file.path(arguments[1], "generated_two_stage.csv"), stringsAsFactors = FALSE)
two$row <- seq_len(nrow(two))
two$asked <- (two$row * 7) %% 10 < 4
two$one <- 400
firsts <- list(
  rows = list(id = list(~row, ~row), strata = list(NULL, ~g), fpc = list(~one, NULL)),
  strata = list(id = list(~row, ~row), strata = list(~h, ~g), fpc = list(~n, NULL)),
  plain = list(id = list(~row, ~row), strata = list(~h, NULL), fpc = list(~n, NULL))
)
two$h <- two$row %% 3
two$n <- c(200, 300, 90)[two$h + 1]
for (name in names(firsts)) {
  first <- firsts[[name]]
  design <- twophase(id = first$id, strata = first$strata, fpc = first$fpc, subset = ~asked, data = two, method = "full")
  keep(paste0("two_phase_", name, "_total"), svytotal(~y + x, design))
  keep(paste0("two_phase_", name, "_mean"), svymean(~y + x, design))
  answer[[paste0("two_phase_", name, "_df")]] <- list(estimate = degf(design))
}

writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
