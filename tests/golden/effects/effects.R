# Rscript effects.R FOLDER effects_r.json [session.txt]: clubSandwich, metafor and t.test on the made-up rows.
suppressMessages({library(clubSandwich); library(metafor); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- read.csv(file.path(arguments[1], "respondents.csv"))
fit <- lm(y ~ treat * post, data = rows)
answer <- list()
for (type in c("CR1S", "CR2", "CR3")) {
  v <- vcovCR(fit, cluster = rows$unit, type = type)
  tests <- coef_test(fit, vcov = v, test = c("Satterthwaite", "naive-t"), coefs = "treat:post")
  answer[[type]] <- list(estimate = as.numeric(coef(fit)["treat:post"]), std_error = as.numeric(tests$SE),
                         df = as.numeric(tests$df_Satt), p_satterthwaite = as.numeric(tests$p_Satt))
}
means <- tapply(rows$y, list(rows$unit, rows$post), mean)
d <- means[, "1"] - means[, "0"]
treated <- tapply(rows$treat, rows$unit, mean) == 1
for (equal in c(TRUE, FALSE)) {
  made <- t.test(d[treated], d[!treated], var.equal = equal, conf.level = 0.9)
  answer[[if (equal) "pooled" else "welch"]] <- list(
    estimate = as.numeric(made$estimate[1] - made$estimate[2]), std_error = as.numeric(made$stderr),
    df = as.numeric(made$parameter), p_value = as.numeric(made$p.value), conf = as.numeric(made$conf.int))
}
v <- tapply(rows$y, list(rows$unit, rows$post), function(x) var(x) / length(x))
answer$values <- as.numeric(d)
answer$variances <- as.numeric(v[, "0"] + v[, "1"])
spread <- list(near = list(y = answer$values, v = answer$variances),
               wide = list(y = answer$values * 6, v = answer$variances))
for (name in names(spread)) for (method in c("DL", "PM", "ML", "REML")) {
  y <- spread[[name]]$y; w <- spread[[name]]$v
  tight <- if (method %in% c("ML", "REML")) list(threshold = 1e-14, maxiter = 10000) else list(tol = 1e-14)
  plain <- rma(y, w, method = method, control = tight, level = 90)
  knha <- rma(y, w, method = method, test = "knha", control = tight, level = 90)
  next_one <- predict(knha)
  answer$meta[[name]][[method]] <- list(
    mean = as.numeric(plain$b), std_error = plain$se, tau2 = plain$tau2, q = plain$QE, i2 = plain$I2 / 100,
    std_error_hk = knha$se, conf = c(plain$ci.lb, plain$ci.ub), conf_hk = c(knha$ci.lb, knha$ci.ub),
    prediction_hk = c(next_one$pi.lb, next_one$pi.ub))
}
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
if (length(arguments) > 2) writeLines(capture.output(sessionInfo()), arguments[3])
