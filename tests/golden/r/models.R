# Answers of R's survey package on tests and regressions, for the made-up rows beside this file.
#   Rscript tests/golden/r/models.R FOLDER-OF-CSV OUTPUT.json [SESSION.txt]
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- read.csv(file.path(arguments[1], "generated_models.csv"), stringsAsFactors = TRUE, na.strings = "")
rows$level <- factor(rows$q, ordered = TRUE)
answer <- list()

full <- svydesign(id = ~psu + ssu, strata = ~h, fpc = ~n1 + n2, weights = ~pw, data = rows)
sizes <- data.frame(sex = c("nam", "nu"), Freq = c(900, 1000))
designs <- list(two_stage = full, poststratified = postStratify(full, ~sex, sizes))

# The default of glm stops at 1e-8; a probit, whose scoring steps shrink slowly, even at 1e-15 too early. Each
# new start takes a step more.
fitted <- function(formula, design, family, more = if (family$link == "probit") 40 else 2) {
  options <- list(formula, design = design, family = family, control = list(epsilon = 1e-15, maxit = 200))
  model <- do.call(svyglm, options)
  for (step in seq_len(more)) model <- do.call(svyglm, c(options, list(start = coef(model))))
  model
}
models <- list(
  gaussian = list(score ~ wait + age, gaussian()),
  interaction = list(score ~ wait * sex + age, gaussian()),
  without_constant = list(score ~ age + wait - 1, gaussian()),
  logit = list(ok ~ wait + age + sex, quasibinomial()),
  probit = list(ok ~ wait + age + sex, quasibinomial("probit")),
  poisson = list(visits ~ wait + age + sex, quasipoisson())
)
for (design in names(designs)) for (name in names(models)) {
  model <- fitted(models[[name]][[1]], designs[[design]], models[[name]][[2]])
  answer[[paste0("glm_", design, "_", name)]] <- list(
    names = names(coef(model)), estimate = as.numeric(coef(model)), vcov = unname(vcov(model)),
    df = model$df.residual, n = length(resid(model)))
  wald <- regTermTest(model, ~age)
  # The smaller model is fitted to all rows it can use: rows without an age must go first.
  once <- fitted(models[[name]][[1]], designs[[design]][!is.na(rows$age), ], models[[name]][[2]], more = 0)
  ratio <- regTermTest(once, ~age, method = "LRT")
  answer[[paste0("term_", design, "_", name)]] <- list(
    statistic = as.numeric(wald$Ftest), df_num = wald$df, df = wald$ddf, p_value = as.numeric(wald$p),
    ratio = as.numeric(ratio$chisq), eigenvalues = sort(Re(ratio$lambda), decreasing = TRUE), ratio_p = as.numeric(ratio$p))
}

# Standardised predictions: of R's own function the means; the variance of the whole procedure, which its
# function takes for the sum of two parts, from the influence of both.
model <- fitted(ok ~ wait + age + sex, full, quasibinomial())
used <- as.numeric(names(resid(model)))
part <- full[used, ]
w <- weights(part)
scores <- model.matrix(model) * resid(model, "working") * model$weights
coefficients <- scores %*% model$naive.cov
influence <- sapply(levels(rows$age), function(age) {
  moved <- rows[used, ]
  moved$age <- factor(age, levels = levels(rows$age))
  eta <- predict(model, newdata = moved, type = "link", se.fit = FALSE)
  mu <- plogis(as.numeric(eta))
  gradient <- colSums(w * mu * (1 - mu) * model.matrix(~wait + age + sex, moved)) / sum(w)
  w * (mu - weighted.mean(mu, w)) / sum(w) + coefficients %*% gradient
})
means <- svypredmeans(fitted(ok ~ wait + sex, part, quasibinomial(), more = 0), ~age)
answer$predictions <- list(
  level = names(coef(means)), estimate = as.numeric(coef(means)), age = levels(rows$age),
  vcov = unname(svyrecvar(influence, part$cluster, part$strata, part$fpc)))

eta <- predict(model, type = "link", se.fit = FALSE)
mu <- plogis(as.numeric(eta))
slope <- coef(model)[["wait"]]
gradient <- slope * colSums(w * mu * (1 - mu) * (1 - 2 * mu) * model.matrix(model)) / sum(w)
gradient["wait"] <- gradient["wait"] + sum(w * mu * (1 - mu)) / sum(w)
effect <- mu * (1 - mu) * slope
influence <- w * (effect - weighted.mean(effect, w)) / sum(w) + coefficients %*% gradient
answer$effect <- list(estimate = weighted.mean(effect, w),
                      std_error = sqrt(svyrecvar(influence, part$cluster, part$strata, part$fpc))[[1]])

# svyolr stops early and takes its second derivatives numerically: from its own answer on, with smaller steps.
for (method in c("logistic", "probit")) {
  tight <- list(reltol = 1e-300, maxit = 5000, ndeps = rep(1e-4, 4 + nlevels(rows$level) - 1))
  start <- svyolr(level ~ wait + age + sex, full, method = method)
  for (step in 1:5) {
    theta <- c(start$zeta[1], log(diff(start$zeta)))
    start <- svyolr(level ~ wait + age + sex, full, method = method, start = c(coef(start, intercepts = FALSE), theta),
                    control = tight)
  }
  answer[[paste0("ordinal_", method)]] <- list(
    names = c(names(start$coefficients), names(start$zeta)),
    estimate = as.numeric(c(start$coefficients, start$zeta)), vcov = unname(start$var), df = start$df.residual)
}

for (design in names(designs)) for (statistic in c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
  test <- svychisq(~q + age, designs[[design]], statistic = statistic)
  answer[[paste0("chisq_", design, "_", statistic)]] <- list(
    statistic = as.numeric(test$statistic), parameter = as.numeric(test$parameter), p_value = as.numeric(test$p.value))
}
fit <- svygofchisq(~level, p = c(1, 2, 4, 5, 4), full, na.rm = TRUE)
answer$fit <- list(statistic = as.numeric(fit$statistic), parameter = as.numeric(fit$parameter), p_value = as.numeric(fit$p.value))

test <- function(id, made) answer[[id]] <<- list(
  estimate = as.numeric(made$estimate), statistic = as.numeric(made$statistic), df = as.numeric(made$parameter),
  p_value = as.numeric(made$p.value))
test("t_two_groups", svyttest(score ~ sex, full))
test("t_one_sample", svyttest(I(score - 57) ~ 0, full, na.rm = TRUE))
test("t_paired", svyttest(I(score - before) ~ 0, full, na.rm = TRUE))
# Of equal values with unequal weights svyranktest takes a mean that depends on their order: it is asked about
# values that occur once. Where they are equal (q) their mid-rank is the share below and half of that at the
# value, and the test the same regression on it.
full <- update(full, once = ifelse(duplicated(score), NA, score))
for (kind in c("wilcoxon", "vanderWaerden", "median")) test(paste0("rank_", kind), svyranktest(once ~ sex, full, test = kind))
there <- subset(full, !is.na(q))
at <- tapply(weights(there), there$variables$q, sum)
there <- update(there, rank = as.numeric(((cumsum(at) - at / 2) / sum(at))[as.character(q)]))
test("rank_tied_wilcoxon", svyttest(rank ~ sex, there))
test("rank_tied_vanderWaerden", svyttest(qnorm(rank) ~ sex, there))
test("rank_tied_median", svyttest(as.numeric(rank > 0.5) ~ sex, there))
many <- svyranktest(once ~ age, full)
answer$rank_many <- list(chisq = as.numeric(many$parameter), df_num = as.numeric(many$statistic), df = many$ddf,
                         p_value = as.numeric(many$p.value))

writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
