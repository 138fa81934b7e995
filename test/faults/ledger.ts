/**
 * What stands in the chart, counted by plain FHIR queries as an auditor would: per patient the RiskAssessments, their
 * Provenance, the analysis' AuditEvent; whatever is missing is lost, whatever is there twice is doubled.
 */
import type { Resource } from '@medplum/fhirtypes';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backdrop } from './backdrop.ts';

/** One RiskAssessment per target. */
export const RESULTS_PER_STUDY = 3;

export interface Ledger {
  readonly studies: number;
  /** Patients without all results. */
  readonly lost: readonly string[];
  /** Patients with a result, Provenance or analysis event more than once. */
  readonly doubled: readonly string[];
  readonly riskAssessments: number;
}

/** A connection that was kept open may be closed in the moment it is used again: then once more. */
async function ask(url: string): Promise<Response> {
  return fetch(url).catch(() => fetch(url));
}

/** Everything of one type, page by page. */
export async function listAll<Type extends Resource>(backdrop: Backdrop, query: string): Promise<readonly Type[]> {
  const all: Type[] = [];
  const step = 1_000;
  for (;;) {
    const response = await ask(
      `${backdrop.fhir.url}/${query}${query.includes('?') ? '&' : '?'}_count=${String(step)}&_offset=${String(all.length)}`,
    );
    const bundle = (await response.json()) as { entry?: { resource: Type }[] };
    const page = (bundle.entry ?? []).map(({ resource }) => resource);
    all.push(...page);
    if (page.length < step) return all;
  }
}

export async function countChart(backdrop: Backdrop, patientIds: readonly string[]): Promise<Ledger> {
  const results = await listAll(backdrop, 'RiskAssessment');
  const provenances = await listAll(backdrop, 'Provenance');
  const perPatient = new Map(patientIds.map((id) => [id, [] as string[]]));
  const patientOf = new Map<string, string>();
  for (const one of results) {
    if (one.resourceType !== 'RiskAssessment') continue;
    const patient = one.subject.reference?.slice('Patient/'.length) ?? '';
    patientOf.set(one.id ?? '', patient);
    perPatient.get(patient)?.push(one.identifier?.map(({ value }) => value).join(' ') ?? '');
  }
  const written = new Map<string, number>();
  for (const one of provenances) {
    if (one.resourceType !== 'Provenance') continue;
    const target = one.target.map(({ reference }) => reference?.slice('RiskAssessment/'.length) ?? '');
    const patient = target.map((id) => patientOf.get(id)).find((found) => found !== undefined) ?? '';
    written.set(patient, (written.get(patient) ?? 0) + 1);
  }
  const entries = [...perPatient];
  return {
    studies: patientIds.length,
    riskAssessments: results.length,
    lost: entries
      .filter(([id, found]) => new Set(found).size < RESULTS_PER_STUDY || !written.has(id))
      .map(([id]) => id),
    doubled: entries
      .filter(([id, found]) => found.length > RESULTS_PER_STUDY || (written.get(id) ?? 0) > 1)
      .map(([id]) => id),
  };
}

/** Looks again until nothing is missing, or until the time is over: then whatever is missing is lost. */
export async function settle(backdrop: Backdrop, patientIds: readonly string[], withinMs: number): Promise<Ledger> {
  const until = Date.now() + withinMs;
  for (;;) {
    const ledger = await countChart(backdrop, patientIds);
    if (ledger.lost.length === 0 || Date.now() > until) return ledger;
    await pause(200);
  }
}

/** Hook instances that the chart's audit names as answered, each with its number of events. */
export async function countAudited(backdrop: Backdrop): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const event of await listAll(backdrop, 'AuditEvent')) {
    const text = JSON.stringify(event);
    for (const id of new Set(text.match(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g) ?? [])) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}
