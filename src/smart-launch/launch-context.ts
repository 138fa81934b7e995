/**
 * What the EHR says about a launch: whose chart is open, who looks, which study or card it came from (SMART App
 * Launch 2.2, Scopes and Launch Context; CDS Hooks 2.0, Link.appContext). Its values come from another system and are
 * taken only in the form they must have.
 */
import { z } from 'zod';
import { refuse, type Refused } from './launch-refusal.ts';

const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/);

const tokenAnswer = z.looseObject({
  patient: fhirId.optional().catch(undefined),
  encounter: fhirId.optional().catch(undefined),
  appContext: z.unknown().optional(),
  fhirContext: z
    .array(z.looseObject({ reference: z.string().optional() }))
    .optional()
    .catch(undefined),
});

/** As render-card's link puts it (wiring/build-cds.ts). */
const appContext = z.object({
  assessment: z.string().regex(/^[0-9a-f]{64}$/),
  hook: z
    .string()
    .regex(/^[0-9A-Fa-f-]{36}$/)
    .optional(),
});

const identity = z.looseObject({
  fhirUser: z.string().optional().catch(undefined),
  locale: z.string().max(35).optional().catch(undefined),
});

export interface LaunchContext {
  readonly patientId: string;
  readonly encounterId?: string;
  /** `Practitioner/x` and the like, below the EHR's own FHIR server. */
  readonly userId: string;
  readonly locale?: string;
  /** The card this launch came from. */
  readonly assessmentKey?: string;
  readonly hookInstance?: string;
  /** `ImagingStudy` of fhirContext. */
  readonly imagingStudyId?: string;
}

/**
 * @param answer the token endpoint's body
 * @param claims of the verified id_token
 */
export function readLaunchContext(answer: unknown, claims: unknown, iss: string): LaunchContext | Refused {
  const { patient, encounter, fhirContext, ...rest } = tokenAnswer.parse(answer);
  const { fhirUser, locale } = identity.parse(claims);
  const userId = fhirUser === undefined ? undefined : toUserReference(fhirUser, iss);
  if (userId === undefined) return refuse('user-unknown');
  if (patient === undefined) return refuse('patient-missing');
  const card = readAppContext(rest.appContext);
  const study = fhirContext
    ?.map(({ reference }) => /^ImagingStudy\/([A-Za-z0-9\-.]{1,64})$/.exec(reference ?? '')?.[1])
    .find((id) => id !== undefined);
  return {
    patientId: patient,
    userId,
    ...(encounter === undefined ? {} : { encounterId: encounter }),
    ...(locale === undefined ? {} : { locale }),
    ...(card === undefined ? {} : { assessmentKey: card.assessment }),
    ...(card?.hook === undefined ? {} : { hookInstance: card.hook }),
    ...(study === undefined ? {} : { imagingStudyId: study }),
  };
}

/** fhirUser is an absolute address or a relative reference; a user of another server is nobody here. */
function toUserReference(fhirUser: string, iss: string): string | undefined {
  const relative = fhirUser.startsWith(`${iss}/`) ? fhirUser.slice(iss.length + 1) : fhirUser;
  return /^(Practitioner|PractitionerRole|Patient|RelatedPerson|Person)\/[A-Za-z0-9\-.]{1,64}$/.test(relative)
    ? relative
    : undefined;
}

/** A string of JSON as we sent it, or the object some EHRs make of it; anything else is no card of ours. */
function readAppContext(value: unknown): z.infer<typeof appContext> | undefined {
  if (typeof value !== 'string') return appContext.safeParse(value).data;
  try {
    return appContext.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
