/**
 * Where the chart says the pixels are. Endpoints stand on the study or on its series, contained or elsewhere on
 * the server; their address is a DICOMweb base or a full study URL. Read when pixels are to be fetched, never for
 * an order's answer. Whether an address may be called at all is decided by imaging's allow-list, not here.
 */
import { isFault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { endpointSchema } from './imaging-study-schema.ts';
import type { EndpointFacts, ImagingStudyFacts } from './imaging-study-schema.ts';

/** FHIR R4 endpoint-connection-type. */
const WADO_RS = 'dicom-wado-rs';
const CONNECTION_TYPES = 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type';
/** IHE IMR writes `/study/`, DICOM PS3.18 `/studies/`. */
const STUDY_URL = /^(.*?)\/(?:studies|study)\/([\d.]+)(?:\/.*)?$/;
/** More references than this on one study are not followed. */
const MOST_ENDPOINTS = 10;

/** The first active WADO-RS base that can be this study's; undefined = the chart names none. */
export async function findWadoRsBase(
  study: ImagingStudyFacts,
  studyInstanceUid: string,
  connection: FhirConnection,
  options: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const references = [...(study.endpoint ?? []), ...(study.series ?? []).flatMap(({ endpoint }) => endpoint ?? [])]
    .map(({ reference }) => reference ?? '')
    .filter((reference) => reference !== '');
  for (const reference of [...new Set(references)].slice(0, MOST_ENDPOINTS)) {
    const found = endpointSchema.safeParse(
      findContained(study, reference) ?? (await readEndpoint(connection, reference, options)),
    );
    const base = found.success ? toWadoRsBase(found.data, studyInstanceUid) : undefined;
    if (base !== undefined) return base;
  }
  return undefined;
}

/** Address without `/studies/{uid}`, query or fragment; undefined for another kind, state or study. */
export function toWadoRsBase(endpoint: EndpointFacts, studyInstanceUid: string): string | undefined {
  const { connectionType } = endpoint;
  const isWado = connectionType?.code === WADO_RS && (connectionType.system ?? CONNECTION_TYPES) === CONNECTION_TYPES;
  if (!isWado || (endpoint.status ?? 'active') !== 'active' || !URL.canParse(endpoint.address)) return undefined;
  const url = new URL(endpoint.address);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  const address = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const [, base, uid] = STUDY_URL.exec(address) ?? [];
  if (base === undefined) return address;
  return uid === studyInstanceUid ? base : undefined;
}

function findContained(study: ImagingStudyFacts, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  return (
    study.contained?.find((resource) => endpointSchema.safeParse(resource).data?.id === reference.slice(1)) ?? null
  );
}

/** An endpoint that is gone or not ours to read leaves the configured PACS; an outage is an outage. */
async function readEndpoint(
  connection: FhirConnection,
  reference: string,
  options: { readonly signal: AbortSignal },
): Promise<unknown> {
  const relative = reference.startsWith(`${connection.address}/`)
    ? reference.slice(connection.address.length + 1)
    : reference;
  if (!/^Endpoint\/[A-Za-z0-9.-]{1,64}$/.test(relative)) return undefined;
  try {
    return await connection.read(relative, options);
  } catch (error) {
    if (isFault(error) && (error.code === 'not-found' || error.code === 'fhir-refused')) return undefined;
    throw error;
  }
}
