/** docs/published-evidence.md out of results.json, so that the document cannot say anything else than the results. */
import type { Pool, PublishedEvidence } from './published-evidence.ts';
import { writeParameterSection } from './parameter-section.ts';
import { formatCount, formatEstimate, formatRange, toFixed } from './readable-numbers.ts';
import { CAVEATS, INTRODUCTION, METHOD } from './report-prose.ts';

export function writeReport(evidence: PublishedEvidence, repository: string): string {
  const pooled = evidence.pools.filter(({ result }) => result.kind === 'pooled');
  const listed = evidence.pools.filter(({ result }) => result.kind !== 'pooled');
  return [
    INTRODUCTION,
    '## Pooled',
    writePooledTable(pooled),
    ...pooled.map(({ id, title }) => `![${title.en}](../evidence/forest/${id}.svg)`),
    '## Not pooled',
    `A question with fewer than ${String(evidence.minimumStudies)} verified studies is listed, not pooled.`,
    writeListedTable(listed),
    METHOD,
    CAVEATS,
    '## Numbers of the simulations, held against the studies',
    writeParameterSection(evidence, repository),
    '## Included studies',
    writeStudies(evidence),
    '## Left out',
    writeLeftOut(evidence),
    '',
  ].join('\n\n');
}

function writePooledTable(pools: readonly Pool[]): string {
  const lines = pools.flatMap((pool) => {
    const { result, measure, title } = pool;
    if (result.kind !== 'pooled') return [];
    const other = result.derSimonianLaird;
    const cells = [
      pool.isSensitivity ? `*${title.en}* (sensitivity)` : title.en,
      String(pool.studies),
      sayCounts(pool),
      `**${formatEstimate(measure, result.estimate)}**`,
      formatRange(measure, result.lower, result.upper),
      formatRange(measure, result.predictionLower, result.predictionUpper),
      `${toFixed(result.i2Percent, 0)}% (${toFixed(result.i2LowerPercent, 0)} to ${toFixed(result.i2UpperPercent, 0)}%)`,
      toFixed(result.tau2, 3),
      `${formatEstimate(measure, other.estimate)} (${formatRange(measure, other.lower, other.upper)})`,
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  return [
    '| question | k | events / n | pooled | Hartung-Knapp 95 % interval | 95 % prediction interval | I² (95 % interval) | tau² | DerSimonian-Laird |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function sayCounts({
  events,
  patients,
}: {
  readonly events?: number | undefined;
  readonly patients?: number | undefined;
}): string {
  return [events, patients].map((one) => (one === undefined ? '–' : formatCount(one))).join(' / ');
}

function writeListedTable(pools: readonly Pool[]): string {
  const lines = pools.map((pool) => {
    const why = pool.result.kind === 'not-pooled' ? pool.result.because?.en : undefined;
    const rows = pool.rows.map(
      ({ label, estimate, lower, upper, events, n }) =>
        `${label}: ${formatEstimate(pool.measure, estimate)} (${formatRange(pool.measure, lower, upper)}), ${sayCounts({ events, patients: n })}`,
    );
    const said = rows.length === 0 ? '–' : rows.join('<br>');
    return `| ${pool.title.en} | ${why ?? `not pooled: ${sayStudies(pool.studies)}`} | ${said} |`;
  });
  return ['| question | why not | studies: estimate (95 % interval), events / n |', '|---|---|---|', ...lines].join(
    '\n',
  );
}

function sayStudies(count: number): string {
  return `${String(count)} ${count === 1 ? 'study' : 'studies'}`;
}

/** Each publication once, whatever it answers. */
function writeStudies({ pools }: PublishedEvidence): string {
  const rows = new Map(pools.flatMap((pool) => pool.rows.map((row) => [row.study, row] as const)));
  return [...rows.values()]
    .sort((one, other) => one.label.localeCompare(other.label, 'en'))
    .map(
      ({ label, citation, doi, pmid, design, population, readAt }) =>
        `- **${label}.** ${citation}.${sayIdentifiers(doi, pmid)} ${capitalize(design)}; ${population}. Read: ${readAt.part}${readAt.url === undefined ? '' : `, <${readAt.url}>`}.`,
    )
    .join('\n');
}

function writeLeftOut({ pools }: PublishedEvidence): string {
  const entries = pools
    .filter(({ isSensitivity }) => !isSensitivity)
    .flatMap(({ title, leftOut }) => leftOut.map((one) => ({ title: title.en, ...one })));
  return entries
    .map(
      ({ label, citation, doi, pmid, title, reason, quote }) =>
        `- **${label}** (${title}): ${reason}. ${citation}.${sayIdentifiers(doi, pmid)} "${quote}"`,
    )
    .join('\n');
}

function sayIdentifiers(doi: string | undefined, pmid: string | undefined): string {
  const known = [
    ...(doi === undefined ? [] : [`[doi ${doi}](https://doi.org/${doi})`]),
    ...(pmid === undefined ? [] : [`PMID ${pmid}`]),
  ];
  return known.length === 0 ? '' : ` ${known.join(', ')}.`;
}

function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
