/**
 * What the archive holds, for whoever can do without: an archive that does not answer this, or not soon, costs the
 * noticing of late images (ADR 0007), never an analysis.
 */
import type { Logger } from 'pino';
import type { ListHeldSeries } from '../assessment/domain/ports.ts';
import { toFault } from '../errors.ts';
import type { DicomwebCtSource } from '../imaging/ct-source.ts';
import { traceStep } from '../tracing.ts';

/** Long enough for a PACS that is busy and a worker thread that has to start first; an analysis waits no longer for it. */
const LONGEST_MS = 15_000;

export function createArchiveLister(
  ctSource: Pick<DicomwebCtSource, 'listHeldSeries'>,
  logger: Logger,
): ListHeldSeries {
  return (study, call) =>
    traceStep('archive.list', {}, async (step) => {
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LONGEST_MS)]);
      try {
        return await ctSource.listHeldSeries(study, { signal });
      } catch (error) {
        const { code } = toFault(error);
        step.add({ outcome: code });
        logger.warn({ code }, 'the archive does not say which images of a study it holds: late ones may go unnoticed');
        return undefined;
      }
    });
}
