# Cronbach's alpha with its standard error, and quantiles with errors from a jackknife, by R's survey package, for
# the made-up rows beside this file. survey has no error of alpha: it is svycontrast's of the moments.
#   Rscript tests/golden/r/codes.R FOLDER-OF-CSV OUTPUT.json [SESSION.txt]
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
two <- read.csv(file.path(arguments[1], "generated_two_stage.csv"), stringsAsFactors = TRUE)
code <- function(values) pmin(5, pmax(1, floor(values)))
two$c1 <- code((two$y - 45) / 5)
two$c2 <- code((two$y + 3 * two$x - 55) / 6)
two$c3 <- code((two$y - two$x - 42) / 5)
two$c2[seq_len(nrow(two)) %% 11 == 0] <- NA
answer <- list()

items <- c("c1", "c2", "c3")
pairs <- which(upper.tri(diag(3), diag = TRUE), arr.ind = TRUE)
pairs <- pairs[order(pairs[, 1], pairs[, 2]), ]
for (k in seq_len(nrow(pairs)))
  two[[paste0("m", k)]] <- two[[items[pairs[k, 1]]]] * two[[items[pairs[k, 2]]]]
moments <- ~c1 + c2 + c3 + m1 + m2 + m3 + m4 + m5 + m6
alpha <- quote(1.5 * (1 - (m1 + m4 + m6 - c1^2 - c2^2 - c3^2) /
                        (m1 + m4 + m6 + 2 * (m2 + m3 + m5) - (c1 + c2 + c3)^2)))
told <- function(design) {
  found <- svycontrast(svymean(moments, design, na.rm = TRUE), list(alpha = alpha))
  cronbach <- svycralpha(~c1 + c2 + c3, design, na.rm = TRUE)
  list(estimate = as.numeric(coef(found)), std_error = as.numeric(SE(found)), cronbach = cronbach)
}
full <- svydesign(id = ~psu + ssu, strata = ~h, fpc = ~n1 + n2, data = two)
answer$alpha <- told(full)
for (sex in c("nam", "nu")) answer[[paste0("alpha_", sex)]] <- told(subset(full, d == sex))

one <- svydesign(id = ~psu, strata = ~h, weights = ~pw, data = two)
jackknife <- as.svrepdesign(one, type = "JKn")
p <- c(0.1, 0.25, 0.5, 0.75, 0.9)
# svyquantile takes no other interval of replicates: interval.type "beta" and "xlogit" give the same answer.
for (variable in c("c1", "y")) {
  found <- unclass(svyquantile(as.formula(paste0("~", variable)), jackknife, p))[[1]]
  answer[[paste0("jackknife_", variable)]] <-
    list(estimate = found[, 1], conf_low = found[, 2], conf_high = found[, 3], std_error = found[, 4])
}
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
