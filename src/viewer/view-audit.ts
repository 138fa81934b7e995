/**
 * Who looked, in the audit trail: every time a result is opened, and every time pixels or maps are asked for under
 * a link whose look is not yet in the trail (somebody who leaves the page aside). A trail that cannot be written is
 * logged as an error and does not stand between a clinician and the evidence.
 */
import type { Logger } from 'pino';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { AuditContext, AuditTrail } from '../assessment/domain/ports.ts';
import type { Visit } from './admit-visit.ts';

export interface ViewAudit {
  /** A result was opened. */
  record(visit: Visit, assessment: StudyAssessment): Promise<void>;
  /** Something of it was fetched: recorded unless this link's look is in the trail already. */
  ensure(visit: Visit, readAssessment: () => Promise<StudyAssessment>): Promise<void>;
}

export interface ViewAuditParts {
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** One page lasts no longer than this; a later fetch is a new look. */
const ONE_LOOK_MS = 15 * 60_000;
const MAXIMUM_REMEMBERED = 1000;

export function createViewAudit({ audit, logger, now }: ViewAuditParts): ViewAudit {
  const looks = new Map<string, number>();

  async function record(visit: Visit, assessment: StudyAssessment): Promise<void> {
    remember(nameLook(visit));
    try {
      await audit.record({
        kind: 'evidence-viewed',
        at: now().toISOString(),
        outcome: 'success',
        ...describeVisitor(visit),
        assessmentKey: assessment.key,
        patientId: assessment.patientId,
      });
    } catch (error) {
      logger.error({ err: error, assessmentKey: assessment.key }, 'a view could not be audited');
    }
  }

  function remember(look: string): void {
    looks.delete(look);
    looks.set(look, now().getTime());
    const [oldest] = looks.keys();
    if (looks.size > MAXIMUM_REMEMBERED && oldest !== undefined) looks.delete(oldest);
  }

  return {
    record,
    async ensure(visit, readAssessment) {
      const last = looks.get(nameLook(visit));
      if (last !== undefined && now().getTime() - last < ONE_LOOK_MS) return;
      await record(visit, await readAssessment());
    },
  };
}

/** A link names the hook call it was handed out in; a launch names the user too. */
function describeVisitor({ grant: { hookInstance, userId, encounterId } }: Visit): AuditContext {
  return {
    ...(hookInstance === undefined ? {} : { hookInstance }),
    ...(userId === undefined ? {} : { userId }),
    ...(encounterId === undefined ? {} : { encounterId }),
  };
}

function nameLook({ key, grant }: Visit): string {
  return [key, grant.session ?? grant.hookInstance, grant.patientCover].join(' ');
}
