# Rscript similarity.R similarity.json [session.txt]: Tipton's index by glm and integrate, and the slope on a dose by
# clubSandwich, on rows made up here.
suppressMessages({library(clubSandwich); library(jsonlite)})
arguments <- commandArgs(TRUE)
n <- 60
k <- 1:n
x <- cbind(size = (k * 37) %% 61 / 10, urban = as.numeric(k %% 3 == 0), staff = sin(k) * 4 + k / 9)
chosen <- k %in% c(7, 21, 33, 48, 60)
scaled <- apply(x, 2, function(v) (v - mean(v)) / sqrt(mean((v - mean(v))^2)))
# log-F(1, 1): half a success and half a failure where one slope stands alone, no constant.
design <- rbind(cbind(1, scaled), cbind(0, diag(3)), cbind(0, diag(3)))
y <- c(as.numeric(chosen), rep(1, 3), rep(0, 3))
fit <- suppressWarnings(glm.fit(design, y, weights = c(rep(1, n), rep(0.5, 6)), family = binomial(),
                                control = list(epsilon = 1e-15, maxit = 200)))
logit <- as.numeric(cbind(1, scaled) %*% fit$coefficients)
wide <- function(v) (4 / (3 * length(v)))^(1 / 5) * sd(v)
h <- wide(logit)
density_of <- function(v, h) function(t) sapply(t, function(one) mean(dnorm(one, v, h)))
all_f <- density_of(logit, h)
own_f <- density_of(logit[chosen], max(wide(logit[chosen]), h))
b <- integrate(function(t) sqrt(all_f(t) * own_f(t)), min(logit) - 30, max(logit) + 30,
               rel.tol = 1e-12, subdivisions = 2000)$value
dose <- c(1, 1, 0.9, 1, 0.4, 0.25, rep(0, 7))
change <- c(0.42, 0.31, 0.55, 0.24, 0.38, 0.02, -0.07, 0.11, -0.03, 0.05, -0.10, 0.08, 0.00)
line <- lm(change ~ dose)
test <- coef_test(line, vcov = "CR2", cluster = 1:13, test = "Satterthwaite")
answer <- list(x = unname(x), chosen = which(chosen) - 1, logit = logit, b = b, dose = dose, change = change,
               slope = list(estimate = test$beta[2], std_error = test$SE[2], df = test$df_Satt[2]))
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[1])
if (length(arguments) > 1) writeLines(capture.output(sessionInfo()), arguments[2])
