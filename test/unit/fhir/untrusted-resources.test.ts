import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../../src/errors.ts';
import { fromRiskAssessments } from '../../../src/fhir/assessment/from-risk-assessments.ts';
import { planResults } from '../../../src/fhir/assessment/plan-results.ts';
import { toInteractionAuditEvent } from '../../../src/fhir/audit/interaction-audit-event.ts';
import { chooseStudy } from '../../../src/fhir/imaging-study/choose-study.ts';
import { readPrefetch } from '../../../src/fhir/imaging-study/read-prefetch.ts';
import {
  HEAD_CT_CODES,
  MIXED,
  ORDERED_AT,
  PATIENT_ID,
  SERVICE,
  makeAssessment,
  makeImagingStudy,
} from '../../support/fhir-samples.ts';

import { findIssues } from '../../support/profile-validation.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** All paths of a JSON value. */
function listPaths(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => listPaths(inner, [...path, name]))];
}

function replaceAt(value: Json, path: readonly (string | number)[], by: Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[head] = replaceAt(copy[head] ?? null, rest, by);
  return copy;
}

const refusesWithFault = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    expect(error, (error as Error).stack).to.be.instanceOf(Fault);
  }
};

describe('resources from outside, damaged anywhere', () => {
  const context = {
    service: SERVICE,
    serverAddress: 'https://fhir.example.org',
    models: { service: {}, ensemble: { reference: 'Device/e' }, networks: [], modelCards: [] },
    superseded: new Map(),
  };
  const stored = planResults(makeAssessment({ findings: MIXED }), context)
    .map(({ resource }, index) => ({ ...resource, id: `r${String(index)}` }))
    .filter(({ resourceType }) => resourceType === 'RiskAssessment') as unknown as Json;
  const junk = fc.oneof(fc.constant(null), fc.jsonValue({ maxDepth: 2 }));

  it('the undamaged ones are read', () => {
    expect(fromRiskAssessments(makeAssessment().key, stored as unknown[])?.findings).to.deep.equal(MIXED);
  });

  it('a stored assessment is read, not there, or a Fault: never another error (property)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...listPaths(stored)), junk, (path, by) => {
        const damaged = replaceAt(stored, path, by as Json);
        if (Array.isArray(damaged)) refusesWithFault(() => fromRiskAssessments(makeAssessment().key, damaged));
      }),
      { numRuns: 400 },
    );
  });

  it('a prefetched Bundle is read, empty, or a Fault: never another error (property)', () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [{ resource: makeImagingStudy() }],
    } as unknown as Json;
    fc.assert(
      fc.property(fc.constantFrom(...listPaths(bundle)), junk, (path, by) => {
        refusesWithFault(() => {
          const read = readPrefetch(replaceAt(bundle, path, by as Json));
          if (read.kind !== 'answered') return;
          const window = { patientId: PATIENT_ID, orderedAt: ORDERED_AT, maximumAgeHours: 24 };
          chooseStudy(read.page.studies, window, HEAD_CT_CODES);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('text from outside never makes what we write invalid (property)', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\u0000', '\ud800', ' \u001b[31m '));
    fc.assert(
      fc.property(text, (detail) => {
        const findings: typeof MIXED = [
          { ...MIXED[0] },
          { kind: 'abstained', target: 'ich-after-evt', evidenceLevel: 'research', reason: 'motion-artifact', detail },
          MIXED[2],
        ];
        const plan = planResults(makeAssessment({ findings }), context);
        const event = toInteractionAuditEvent(
          'id',
          {
            kind: 'order-answered',
            at: ORDERED_AT,
            outcome: 'success',
            orderId: detail,
            hookInstance: detail,
            cardUuids: [detail],
          },
          SERVICE,
        );
        const risk = plan[1]!.resource;
        expect([...findIssues(risk), ...findIssues(event)]).to.deep.equal([]);
      }),
      { numRuns: 15 },
    );
  });

  it('a percentage beyond 100 or a damaged record is a Fault', () => {
    const [first, ...rest] = stored as { [name: string]: Json }[];
    const beyond = replaceAt(first as Json, ['prediction', '0', 'probabilityDecimal'], 4100);
    expect(() => fromRiskAssessments(makeAssessment().key, [beyond, ...rest])).to.throw(Fault);
    const forged = replaceAt(first as Json, ['contained', '0', 'content', '0', 'attachment', 'data'], 'e30=');
    expect(() => fromRiskAssessments(makeAssessment().key, [forged, ...rest])).to.throw(Fault, /missing or damaged/);
  });
});
