# Answers of R's survey package for the made-up rows beside this file.
#   Rscript tests/golden/r/design.R FOLDER-OF-CSV OUTPUT.json [SESSION.txt]
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- function(name) read.csv(file.path(arguments[1], paste0(name, ".csv")), stringsAsFactors = TRUE)
answer <- list()
keep <- function(id, stat, design = NULL) {
  kept <- list(estimate = as.numeric(coef(stat)), std_error = as.numeric(SE(stat)), vcov = unname(as.matrix(suppressWarnings(vcov(stat)))))
  if (!is.null(design)) kept$df <- degf(design)
  answer[[id]] <<- kept
}

two <- rows("generated_two_stage")
full <- svydesign(id = ~psu + ssu, strata = ~h, fpc = ~n1 + n2, data = two)
answer$two_stage_weights <- list(estimate = weights(full))
keep("two_stage_mean", svymean(~y + x, full), full)
keep("two_stage_total", svytotal(~y + x, full), full)
keep("two_stage_factor", svymean(~g, full), full)
keep("two_stage_factor_total", svytotal(~g, full), full)
keep("two_stage_ratio", svyratio(~y, ~x, full), full)
keep("two_stage_by_mean", svyby(~y, ~d, full, svymean, covmat = TRUE))
keep("two_stage_by_total", svyby(~y, ~d, full, svytotal, covmat = TRUE))
keep("two_stage_by_ratio", svyby(~y, ~d, full, svyratio, denominator = ~x))
keep("two_stage_first_only", svymean(~y + x, svydesign(id = ~psu, strata = ~h, fpc = ~n1, weights = ~pw, data = two)), full)
keep("two_stage_replacement", svymean(~y + x, svydesign(id = ~psu + ssu, strata = ~h, weights = ~pw, data = two)), full)

for (method in c("mean", "logit", "beta")) {
  share <- svyciprop(~I(g == "tot"), full, method = method, df = degf(full))
  limits <- attr(share, "ci")
  answer[[paste0("interval_", method)]] <- list(estimate = as.numeric(share), conf_low = limits[[1]], conf_high = limits[[2]])
}

lonely <- svydesign(id = ~psu + ssu, strata = ~h, fpc = ~n1 + n2, data = rows("generated_lonely_second"))
for (rule in c("certainty", "adjust")) {
  options(survey.lonely.psu = rule)
  keep(paste0("lonely_second_", rule), svymean(~y, lonely), lonely)
  keep(paste0("lonely_second_total_", rule), svytotal(~y, lonely), lonely)
}
options(survey.lonely.psu = "fail")

# The domain reaches one cluster of stratum a: its variance still comes from all sampled clusters.
inside <- subset(full, rare == "in")
keep("rare_domain", svymean(~y, inside), inside)

margins <- rows("generated_calibration")
plain <- svydesign(id = ~psu, strata = ~h, fpc = ~n1, weights = ~pw, data = margins)
size <- sum(margins$pw)
sex <- data.frame(sex = c("nam", "nu"), Freq = round(size * c(0.49, 0.51)))
age <- data.frame(age = c("gia", "tre", "vua"), Freq = c(0.2, 0.45, 0.35) * sum(sex$Freq))
made <- list(
  poststratified = postStratify(plain, ~sex, sex),
  linear = calibrate(plain, ~sex + age, population = c(
    `(Intercept)` = sum(sex$Freq), sexnu = sex$Freq[2], agetre = age$Freq[2], agevua = age$Freq[3])),
  raked = rake(plain, list(~sex, ~age), list(sex, age), control = list(maxit = 200, epsilon = 1e-12))
)
for (name in names(made)) {
  keep(paste0(name, "_mean"), svymean(~y + x, made[[name]]))
  keep(paste0(name, "_total"), svytotal(~y + sex, made[[name]]))
  keep(paste0(name, "_by"), svyby(~y, ~age, made[[name]], svymean))
  keep(paste0(name, "_gaps"), svymean(~gaps, made[[name]], na.rm = TRUE))
  answer[[paste0(name, "_weights")]] <- list(estimate = as.numeric(weights(made[[name]])))
}

writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
