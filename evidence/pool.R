# Random-effects pools by metafor, the reference implementation: REML for tau^2, Knapp-Hartung interval (never narrower
# than the Wald-type one: test = "adhoc"), prediction interval, tau^2 and I^2 with Q-profile intervals, and the
# DerSimonian-Laird estimate beside it. Reads [{id, yi, vi}] from standard input, writes JSON; scales are not its concern.
suppressPackageStartupMessages(library(metafor))

pool <- function(job) {
  yi <- unlist(job$yi)
  vi <- unlist(job$vi)
  fit <- rma(yi, vi, method = "REML", test = "adhoc")
  hk <- rma(yi, vi, method = "REML", test = "knha")
  dl <- rma(yi, vi, method = "DL")
  forecast <- predict(fit)
  spread <- confint(fit)$random
  list(
    id = job$id, k = fit$k,
    estimate = fit$beta[[1]], se = fit$se, ciLower = fit$ci.lb, ciUpper = fit$ci.ub, df = fit$ddf[[1]],
    seKnappHartung = hk$se, seWald = sqrt(1 / sum(1 / (vi + fit$tau2))),
    piLower = forecast$pi.lb, piUpper = forecast$pi.ub,
    tau2 = fit$tau2, tau2Lower = spread["tau^2", "ci.lb"], tau2Upper = spread["tau^2", "ci.ub"],
    i2Percent = fit$I2, i2LowerPercent = spread["I^2(%)", "ci.lb"], i2UpperPercent = spread["I^2(%)", "ci.ub"],
    q = fit$QE, qP = fit$QEp,
    weightsPercent = as.list(unname(weights(fit))),
    derSimonianLaird = list(estimate = dl$beta[[1]], se = dl$se, tau2 = dl$tau2)
  )
}

jobs <- jsonlite::fromJSON(file("stdin"), simplifyVector = FALSE)
cat(jsonlite::toJSON(
  list(metafor = as.character(packageVersion("metafor")), pools = lapply(jobs, pool)),
  auto_unbox = TRUE, digits = NA
))
