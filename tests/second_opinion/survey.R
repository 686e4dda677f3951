# What R's survey package answers about the rows, under the names of ours.py.
#   Rscript survey.R ROWS.csv OUR-BOOTSTRAP-WEIGHTS.csv OUTPUT.json
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- read.csv(arguments[1], stringsAsFactors = TRUE)
drawn <- read.csv(arguments[2])
answer <- list()
numbers <- function(x) as.list(as.numeric(x))
keep <- function(id, ...) answer[[id]] <<- lapply(list(...), numbers)
of <- function(id, stat, df) {
  ends <- confint(stat, df = df)
  keep(id, estimate = coef(stat), std_error = SE(stat), df = rep(df, length(coef(stat))), conf_low = ends[, 1], conf_high = ends[, 2])
}

full <- svydesign(id = ~psu, strata = ~h, weights = ~w, data = rows)
df <- degf(full)
of("mean", svymean(~y, full), df)
of("mean by domain", svyby(~y, ~d, full, svymean), df)
of("mean with gaps", svymean(~gap, full, na.rm = TRUE), df)
of("total", svytotal(~y, full), df)
of("total by domain", svyby(~y, ~d, full, svytotal), df)
of("ratio", svyratio(~y, ~x, full), df)
share <- function(id, methods) {
  ends <- sapply(methods, function(made) attr(made, "ci"))
  keep(id, estimate = sapply(methods, coef), std_error = sapply(methods, SE), conf_low = ends[1, ], conf_high = ends[2, ])
}
share("shares, logit", lapply(c("a", "b", "c"), function(level) {
  full$variables$here <- rows$g == level
  svyciprop(~here, full, method = "logit", df = df)
}))
share("rare share, beta", lapply(0:1, function(level) {
  full$variables$here <- rows$rare == level
  svyciprop(~here, full, method = "beta", df = df)
}))
middle <- svyquantile(~y, full, c(0.25, 0.5, 0.9), interval.type = "mean", qrule = "math", df = df)$y
keep("quantiles", estimate = middle[, "quantile"], conf_low = middle[, "ci.2.5"], conf_high = middle[, "ci.97.5"], std_error = middle[, "se"])
spread <- svyvar(~y + x, full)
matrix <- as.matrix(spread)
keep("covariance", estimate = matrix[1, 2], std_error = SE(spread)[2])
keep("correlation", estimate = cov2cor(matrix)[1, 2])
for (how in c("without", "with")) {
  against <- if (how == "with") "replace" else TRUE
  made <- sapply(c("p", "q"), function(level) deff(svymean(~y, subset(full, d == level), deff = against)))
  keep(paste0("design effect, ", how, " replacement"), deff = made)
}

of("FPC, mean", svymean(~y, svydesign(id = ~psu, strata = ~h, weights = ~w, fpc = ~N, data = rows)), df)
two <- svydesign(id = ~psu + person, strata = ~h, fpc = ~N + M, data = rows)
of("two stages with FPC, mean", svymean(~y, two), df)
of("two stages with FPC, total", svytotal(~y, two), df)
alone <- svydesign(id = ~psu, strata = ~alone, weights = ~w, data = rows)
for (rule in c("adjust", "average", "certainty")) {
  options(survey.lonely.psu = rule)
  of(paste("lonely cluster,", rule), svymean(~y, alone), degf(alone))
}
options(survey.lonely.psu = "fail")

jkn <- as.svrepdesign(full, type = "JKn")
of("jackknife (JKn), mean", svymean(~y, jkn), degf(jkn))
of("jackknife (JKn), ratio", svyratio(~y, ~x, jkn), degf(jkn))
jk1 <- as.svrepdesign(svydesign(id = ~psu, weights = ~w, data = rows), type = "JK1")
of("jackknife (JK1), ratio", svyratio(~y, ~x, jk1), degf(jk1))
pairs <- svydesign(id = ~psu, strata = ~pair, weights = ~w, data = rows)
brr <- as.svrepdesign(pairs, type = "BRR")
of("half-samples (BRR), ratio", svyratio(~y, ~x, brr), degf(pairs))
fay <- as.svrepdesign(pairs, type = "Fay", fay.rho = 0.3)
of("Fay's half-samples, ratio", svyratio(~y, ~x, fay), degf(pairs))
read <- svrepdesign(weights = rows$w, repweights = as.matrix(drawn), type = "bootstrap", data = rows, combined.weights = TRUE)
of("bootstrap weights read, ratio", svyratio(~y, ~x, read), df)

table <- svychisq(~d + g, full)
keep("Rao–Scott F", statistic = table$statistic, df_num = table$parameter[1], df = table$parameter[2], p_value = table$p.value)
table <- svychisq(~d + g, full, statistic = "Chisq")
keep("Rao–Scott chi-square", statistic = table$statistic, df_num = table$parameter[1], p_value = table$p.value)
test <- function(id, made) keep(id, statistic = made$statistic, df = made$parameter, p_value = made$p.value)
test("t-test, one sample", svyttest(I(y - 49) ~ 0, full))
test("t-test, paired", svyttest(I(y - before) ~ 0, full))
test("t-test, two groups", svyttest(y ~ d, full))
ranks <- svyranktest(y ~ g, full, test = "KruskalWallis")
# What it calls parameter is the chi-square, and what it calls statistic its degrees of freedom.
keep("rank test, Kruskal–Wallis", statistic = ranks$parameter / ranks$statistic, df_num = ranks$statistic, df = ranks$ddf, p_value = ranks$p.value)
test("rank test, van der Waerden", svyranktest(y ~ d, full, test = "vanderWaerden"))
test("rank test, median", svyranktest(y ~ d, full, test = "median"))

tight <- list(epsilon = 1e-14, maxit = 100)
models <- list(
  linear = svyglm(y ~ x + g, full, control = tight),
  logistic = svyglm(yes ~ x + g, full, family = quasibinomial(), control = tight),
  probit = svyglm(yes ~ x + g, full, family = quasibinomial(link = "probit"), control = tight),
  poisson = svyglm(visits ~ x + g, full, family = quasipoisson(), control = tight)
)
for (name in names(models)) {
  made <- models[[name]]
  of(paste(name, "regression"), made, made$df.residual)
  term <- regTermTest(made, ~g)
  keep(paste(name, "regression, term test"), statistic = term$Ftest, df_num = term$df, df = term$ddf, p_value = term$p)
}
smaller <- svyglm(yes ~ x, full, family = quasibinomial(), control = tight)
levels <- svypredmeans(smaller, ~g)
at <- match(c("a", "b", "c"), names(coef(levels)))
keep("standardised predictions (logistic)", estimate = coef(levels)[at], std_error = SE(levels)[at])

age <- data.frame(age = c("old", "young"), Freq = c(350, 240))
group <- data.frame(d = c("p", "q"), Freq = c(300, 290))
known <- c(`(Intercept)` = 590, ageyoung = 240, x = 17400)
weighted <- list(
  `post-stratified` = postStratify(full, ~age, age),
  raked = rake(full, list(~age, ~d), list(age, group), control = list(maxit = 500, epsilon = 1e-12)),
  `regression (GREG)` = calibrate(full, ~age + x, known, epsilon = 1e-12),
  `bounded (linear)` = calibrate(full, ~age + x, known, bounds = c(0.8, 1.25), epsilon = 1e-12, maxit = 500)
)
for (name in names(weighted)) {
  keep(paste0(name, ", weights"), weights = weights(weighted[[name]]))
  of(paste0(name, ", mean of y"), svymean(~y, weighted[[name]]), df)
}
cut <- full
for (round in 1:60) cut <- trimWeights(cut, upper = 1.4 * median(rows$w))  # its strict = TRUE never ends
keep("trimmed weights", weights = weights(cut))

writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), arguments[3])
