/** A sweep that leaves studies unread is said in the log, once an hour: at a busy site every sweep may be one. */
import type { Logger } from 'pino';
import type { SweepCut } from '../fhir/create-medplum-chart.ts';

const PAUSE_MS = 3_600_000;

export function createSweepCutWarning(logger: Logger, now: () => number = Date.now): (cut: SweepCut) => void {
  let quietUntil = 0;
  return ({ studies, newestFirst }) => {
    if (now() < quietUntil) return;
    quietUntil = now() + PAUSE_MS;
    const left = newestFirst ? 'older ones were left' : 'and the FHIR server does not sort: new CTs may be missed';
    logger.warn({ studies, newestFirst }, `the sweep read all it may, ${left}; shorten SWEEP_LOOKBACK_HOURS`);
  };
}
