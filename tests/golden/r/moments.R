# Quantiles, variances, correlations, kappa and intervals of proportions by R's survey package, for the made-up
# rows beside this file. Where survey works by a search that stops early, the answer is worked out here step by
# step with its means and standard errors.
#   Rscript tests/golden/r/moments.R FOLDER-OF-CSV OUTPUT.json [SESSION.txt]
suppressPackageStartupMessages({library(survey); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- function(name) read.csv(file.path(arguments[1], paste0(name, ".csv")), stringsAsFactors = TRUE)
answer <- list()
p <- c(0.1, 0.25, 0.5, 0.75, 0.9)

two <- rows("generated_two_stage")
two$tied <- floor(two$y / 4)
two$other <- factor(ifelse(two$y < 58, "kem", ifelse(two$y < 66, "kha", "tot")))
full <- svydesign(id = ~psu + ssu, strata = ~h, fpc = ~n1 + n2, data = two)

kept <- function(found) {
  found <- unclass(found)[[1]]
  list(estimate = found[, 1], conf_low = found[, 2], conf_high = found[, 3], std_error = found[, 4])
}
rules <- c("math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
for (rule in rules) {
  answer[[paste0("quantile_", rule)]] <- kept(svyquantile(~y, full, p, qrule = rule))
  answer[[paste0("quantile_tied_", rule)]] <- kept(svyquantile(~tied, full, p, qrule = rule, interval.type = "xlogit"))
}
for (interval in c("mean", "beta", "xlogit", "asin"))
  answer[[paste0("quantile_interval_", interval)]] <- kept(svyquantile(~y, full, p, interval.type = interval))
for (sex in c("nam", "nu"))
  answer[[paste0("quantile_", sex)]] <- kept(svyquantile(~y, subset(full, d == sex), p, qrule = "hf7"))

# Its points depend on the scale of the weights, which here have a mean of 1.
one <- two
one$w1 <- weights(full) / mean(weights(full))
scaled <- svydesign(id = ~psu, strata = ~h, weights = ~w1, data = one)
answer$quantile_shahvaish <- kept(svyquantile(~y, scaled, p, qrule = "shahvaish", interval.type = "xlogit"))

# The values whose share below does not differ from p: all of them tried, one by one.
limit <- qt(0.975, degf(full))
values <- sort(unique(two$y))
score <- sapply(values, function(theta) {
  share <- svymean(~I(as.numeric(y <= theta)), full)
  c(coef(share), SE(share))
})
answer$quantile_score <- list(
  conf_low = sapply(p, function(at) values[which((at - score[1, ]) / score[2, ] <= limit)[1]]),
  conf_high = sapply(p, function(at) values[which((at - score[1, ]) / score[2, ] < -limit)[1]])
)

margins <- rows("generated_calibration")
plain <- svydesign(id = ~psu, strata = ~h, fpc = ~n1, weights = ~pw, data = margins)
size <- sum(margins$pw)
sex <- data.frame(sex = c("nam", "nu"), Freq = round(size * c(0.49, 0.51)))
age <- data.frame(age = c("gia", "tre", "vua"), Freq = c(0.2, 0.45, 0.35) * sum(sex$Freq))
linear <- calibrate(plain, ~sex + age, population = c(
  `(Intercept)` = sum(sex$Freq), sexnu = sex$Freq[2], agetre = age$Freq[2], agevua = age$Freq[3]))

for (name in c("plain", "two", "calibrated")) {
  design <- list(plain = plain, two = full, calibrated = linear)[[name]]
  made <- svyvar(~y + x, design)
  covariance <- attr(made, "var")
  value <- as.numeric(made)  # yy, xy, yx, xx
  r <- value[2] / sqrt(value[1] * value[4])
  slope <- c(-r / (2 * value[1]), 1 / sqrt(value[1] * value[4]), 0, -r / (2 * value[4]))
  answer[[paste0("moments_", name)]] <- list(
    estimate = value[c(1, 4, 2)], vcov = unname(covariance[c(1, 4, 2), c(1, 4, 2)]), correlation = r,
    correlation_se = sqrt(as.numeric(slope %*% covariance %*% slope)))
}
answer$moments_domain <- list(
  estimate = as.numeric(svyvar(~y, subset(full, d == "nu"))), std_error = as.numeric(SE(svyvar(~y, subset(full, d == "nu")))))

agreement <- function(design) {
  made <- svykappa(~g + other, design)
  list(estimate = as.numeric(coef(made)), std_error = as.numeric(SE(made)))
}
answer$kappa <- agreement(full)
answer$kappa_domain <- agreement(subset(full, d == "nu"))

# Variances from a jackknife: of a ratio of sums as R's svyvar has it, of other functions of the weights by hand.
left_out <- as.svrepdesign(svydesign(id = ~psu, strata = ~h, weights = ~pw, data = margins), type = "JKn")
made <- svyvar(~y + x, left_out)
value <- as.numeric(made)
answer$moments_jackknife <- list(estimate = value[c(1, 4)], vcov = unname(attr(made, "var")[c(1, 4), c(1, 4)]))
weighted <- function(w, data) cov.wt(cbind(data$y, data$x), wt = w / sum(w), cor = TRUE, method = "ML")$cor[1, 2]
made <- withReplicates(left_out, weighted)
answer$correlation_jackknife <- list(estimate = as.numeric(coef(made)), std_error = as.numeric(SE(made)))
chance <- function(w, data) {
  share <- prop.table(xtabs(w ~ data$sex + I(factor(data$y > 60, labels = levels(data$sex)))))
  apart <- sum(rowSums(share) * colSums(share))
  (sum(diag(share)) - apart) / (1 - apart)
}
made <- withReplicates(left_out, chance)
answer$kappa_jackknife <- list(estimate = as.numeric(coef(made)), std_error = as.numeric(SE(made)))

share <- svymean(~I(as.numeric(g == "tot")), full)
level <- as.numeric(coef(share)); error <- as.numeric(SE(share))
deviance <- function(at) 2 * (level * log(level / at) + (1 - level) * log((1 - level) / (1 - at)))
above <- function(at) level * (1 - level) / error^2 * deviance(at) - limit^2
ends <- c(uniroot(above, c(1e-9, level), tol = 1e-15)$root, uniroot(above, c(level, 1 - 1e-9), tol = 1e-15)$root)
answer$interval_likelihood <- list(estimate = level, conf_low = ends[1], conf_high = ends[2])
for (method in c("asin", "xlogit", "beta", "mean")) {
  found <- svyciprop(~I(g == "tot"), full, method = method, df = degf(full))
  answer[[paste0("interval_", method)]] <- list(
    estimate = as.numeric(found), conf_low = attr(found, "ci")[[1]], conf_high = attr(found, "ci")[[2]])
}

writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
