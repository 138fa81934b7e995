/** The sentences of docs/published-evidence.md that do not depend on the results. */

export const INTRODUCTION = `# Published evidence

What is published on bleeding after thrombectomy, on what goes with it, and on how well AI reads the CT: studies as data
(\`evidence/studies/\`), pooled where at least three verified studies answer one question. The usual rate on the card and on
the evidence page is the first row below. Generated from \`evidence/results.json\`; do not edit.

\`\`\`sh
npm run evidence         # studies -> results.json, forest plots, this document; needs R with metafor
npm run check:evidence   # the same, compared with what is committed (numbers to four digits)
\`\`\`

R with metafor comes from Debian: \`apt-get install --no-install-recommends r-base-core r-cran-metafor r-cran-jsonlite\`.
The service itself needs no R: it reads the committed results.`;

export const METHOD = `## Method

- **Scale.** Proportions and areas under the ROC curve on the logit scale, odds ratios on the log scale; shown transformed
  back. Variance of a proportion from its counts; of an odds ratio or an area from its published 95 % interval; of an area
  without an interval from the counts by Hanley and McNeil (Radiology 1982;143:29-36, doi 10.1148/radiology.143.1.7063747).
- **Pool.** Random effects, tau² by restricted maximum likelihood, by metafor ([ADR 0090](adr/0090-metafor-pools-the-evidence.md)).
  Interval by Hartung and Knapp with the t distribution, never narrower than the Wald-type interval (metafor's \`adhoc\`).
  Prediction interval: where the true figure of a further hospital is expected with 95 %. Intervals of tau² and I² by the
  Q-profile method. DerSimonian-Laird stands beside it for comparison.
- **Checked** against the worked example of the method, the 13 trials of the BCG vaccine (Colditz 1994), in
  \`test/integration/evidence/metafor.test.ts\`.
- **Kept apart.** Definitions of symptomatic hemorrhage (Heidelberg, ECASS III, SITS-MOST, none named), and any from
  symptomatic hemorrhage. Pools that mix them are labelled sensitivity pools. One cohort enters a pool once.`;

export const CAVEATS = `## Limits

- Not a systematic review: studies were found by targeted look-ups, one reader, mostly abstracts; the sentence each figure
  came from stands in the data. No risk of bias was rated. Registries may share hospitals.
- Heterogeneity is large. A pooled rate is an average over hospitals that differ; the prediction interval says how much.
- A pool of three studies has a prediction interval as wide as its t distribution with two degrees of freedom: read it as
  "not known". The pool of AI accuracy mixes other hospitals' scans with held-out ones.
- Odds ratios are adjusted for different things in each study. None of them says what causes a bleed.`;
