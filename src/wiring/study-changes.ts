/**
 * A study read for an analysis, with the date of its last change beside it: what has not changed for a while has
 * arrived (assessment/arrival.ts). Read at the same time as the study itself; an order's own search is left as it is.
 */
import { isAbstention } from '../assessment/domain/abstention.ts';
import type { Chart } from '../assessment/domain/ports.ts';
import type { FhirConnection } from '../fhir/access/fhir-connection.ts';

type CallOptions = Parameters<Chart['readCtStudy']>[1];

export function withStudyChanges(chart: Chart, connection: Pick<FhirConnection, 'read'>): Chart {
  return {
    ...chart,
    readCtStudy: async (imagingStudyId, call) => {
      const [study, changedAt] = await Promise.all([
        chart.readCtStudy(imagingStudyId, call),
        readLastUpdated(connection, imagingStudyId, call),
      ]);
      if (changedAt === undefined || ('kind' in study && isAbstention(study))) return study;
      return { ...study, changedAt };
    },
  };
}

/** Undefined where the server does not say or cannot be read: then two looks at the archive decide. */
async function readLastUpdated(connection: Pick<FhirConnection, 'read'>, id: string, call: CallOptions) {
  try {
    return (await connection.read(`ImagingStudy/${id}`, call)).meta?.lastUpdated;
  } catch {
    return undefined;
  }
}
