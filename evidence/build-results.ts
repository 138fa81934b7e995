/** Studies in, results out: what enters which pool, metafor's answer on the scale people read, and what was left out. */
import { createHash } from 'node:crypto';
import { fromAnalysisScale, toReadable } from './effect-size.ts';
import type { EvidenceRow, Pool, PooledResult, PublishedEvidence } from './published-evidence.ts';
import type { PoolJob, PooledJob } from './run-metafor.ts';
import { selectFacts, type ChosenFact, type LeftOutFact } from './select-facts.ts';
import type { Fact, Question, Study, StudyLibrary } from './study-schema.ts';

const ABOUT =
  'Made from studies/ and questions.json by npm run evidence; do not edit. Random effects: REML, Hartung-Knapp interval, prediction interval.';
/** Two-sided 95 % of the standard normal, for the DerSimonian-Laird comparison. */
const Z95 = 1.959963984540054;
const SIGNIFICANT_DIGITS = 6;

export type RunPools = (jobs: readonly PoolJob[]) => { readonly metafor: string; readonly pools: readonly PooledJob[] };

export function buildResults(library: StudyLibrary, runPools: RunPools): PublishedEvidence {
  const selections = library.questions.map((question) => ({ question, ...selectFacts(library, question) }));
  const jobs = selections
    .filter(({ question, chosen }) => mayPool(library, question, chosen))
    .map(({ question, chosen }) => ({
      id: question.id,
      yi: chosen.map(({ effect }) => effect.yi),
      vi: chosen.map(({ effect }) => effect.vi),
    }));
  const { metafor, pools } = runPools(jobs);
  return {
    about: ABOUT,
    studiesDigest: digestLibrary(library),
    metafor,
    minimumStudies: library.minimumStudies,
    pools: selections.map(({ question, chosen, leftOut }) => {
      const answer = pools.find(({ id }) => id === question.id);
      if (!answer && mayPool(library, question, chosen)) throw new Error(`metafor gave no answer for ${question.id}`);
      return toPool(question, chosen, leftOut, answer);
    }),
  };
}

/** What the results were made from: they are stale when it changes. */
export function digestLibrary({ studies, questions, minimumStudies }: StudyLibrary): string {
  return createHash('sha256').update(JSON.stringify({ studies, questions, minimumStudies })).digest('hex');
}

function mayPool({ minimumStudies }: StudyLibrary, question: Question, chosen: readonly ChosenFact[]): boolean {
  return question.neverPooled === undefined && chosen.length >= minimumStudies;
}

function toPool(
  question: Question,
  chosen: readonly ChosenFact[],
  leftOut: readonly LeftOutFact[],
  answer: PooledJob | undefined,
): Pool {
  const patients = addUp(chosen.map(({ fact }) => fact.n));
  const events = addUp(chosen.map(({ fact }) => countEvents(fact)));
  return {
    id: question.id,
    group: question.group,
    measure: question.measure,
    title: question.title,
    outcome: question.outcome,
    isSensitivity: question.isSensitivity === true,
    studies: chosen.length,
    ...(patients === undefined ? {} : { patients }),
    ...(events === undefined ? {} : { events }),
    result: answer
      ? toPooledResult(question.measure, answer)
      : { kind: 'not-pooled', ...(question.neverPooled === undefined ? {} : { because: question.neverPooled }) },
    rows: chosen.map((one, index) => toRow(one, answer?.weightsPercent[index])),
    leftOut: leftOut.map(({ study, fact, reason }) => ({ ...toSource(study, fact), reason })),
  };
}

function toPooledResult(measure: Question['measure'], answer: PooledJob): PooledResult {
  const read = (value: number) => round(fromAnalysisScale(measure, value));
  const { derSimonianLaird: other } = answer;
  return {
    kind: 'pooled',
    estimate: read(answer.estimate),
    lower: read(answer.ciLower),
    upper: read(answer.ciUpper),
    predictionLower: read(answer.piLower),
    predictionUpper: read(answer.piUpper),
    degreesOfFreedom: answer.df,
    tau2: round(answer.tau2),
    tau2Lower: round(answer.tau2Lower),
    tau2Upper: round(answer.tau2Upper),
    i2Percent: round(answer.i2Percent),
    i2LowerPercent: round(answer.i2LowerPercent),
    i2UpperPercent: round(answer.i2UpperPercent),
    q: round(answer.q),
    qP: round(answer.qP),
    derSimonianLaird: {
      estimate: read(other.estimate),
      lower: read(other.estimate - Z95 * other.se),
      upper: read(other.estimate + Z95 * other.se),
      tau2: round(other.tau2),
    },
  };
}

function toRow({ study, fact, effect }: ChosenFact, weightPercent: number | undefined): EvidenceRow {
  const [estimate, lower, upper] = toReadable(fact, effect);
  const events = countEvents(fact);
  return {
    ...toSource(study, fact),
    definition: describe(fact),
    ...(fact.n === undefined ? {} : { n: fact.n }),
    ...(events === undefined ? {} : { events }),
    estimate: round(estimate),
    lower: round(lower),
    upper: round(upper),
    ...(weightPercent === undefined ? {} : { weightPercent: round(weightPercent) }),
  };
}

function toSource({ id, label, citation, doi, pmid, design, population, readAt }: Study, { quote }: Fact) {
  return {
    study: id,
    label,
    citation,
    ...(doi === undefined ? {} : { doi }),
    ...(pmid === undefined ? {} : { pmid }),
    design,
    population,
    quote,
    readAt: { part: readAt.part, ...(readAt.url === undefined ? {} : { url: readAt.url }) },
  };
}

function describe(fact: Fact): string {
  if (fact.kind === 'auc') return fact.testSet === 'external' ? 'scans of other hospitals' : 'scans held out';
  if (fact.kind === 'odds-ratio') return `${fact.comparison}; ${fact.definition}`;
  return fact.percent === undefined
    ? fact.definition
    : `${fact.definition}; events from the published ${String(fact.percent)} %`;
}

function countEvents(fact: Fact): number | undefined {
  return fact.kind === 'auc' ? fact.positives : fact.events;
}

/** undefined where one is unknown, or where there is none. */
function addUp(counts: readonly (number | undefined)[]): number | undefined {
  if (counts.length === 0 || counts.includes(undefined)) return undefined;
  return counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

function round(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}
