/**
 * Is this ImagingStudy a plain CT of the head? Codes speak before words, and a study that says nothing about
 * its body part stays possible: imaging decides on the pixels. A stroke protocol holds the plain CT beside CTA
 * and perfusion in one study, so a study is only refused as contrast when no series of it can be plain.
 */
import type { CodeSet } from '../terminology/code-set.ts';
import words from './head-ct-words.json' with { type: 'json' };
import type { ImagingStudyFacts, SeriesFacts } from './imaging-study-schema.ts';

/** ValueSets of fhir-profiles/: editable by the site. */
export interface HeadCtCodes {
  /** Procedure codes of a head CT that may be plain. */
  readonly headCt: CodeSet;
  /** Procedure codes of head CT that is certainly not plain: contrast, angiography, perfusion. */
  readonly contrastHeadCt: CodeSet;
  /** Body sites that mean the head. */
  readonly headSites: CodeSet;
}

export type StudyVerdict =
  | { readonly kind: 'head'; readonly because: string }
  | { readonly kind: 'possible'; readonly because: string }
  | {
      readonly kind: 'refused';
      readonly because: 'not-available' | 'not-ct' | 'not-head' | 'contrast-only';
    };

const DICOM_MODALITY = 'http://dicom.nema.org/resources/ontology/DCM';
/** FHIR R4 imagingstudy-status: `registered` has nothing to fetch yet. */
const UNAVAILABLE = new Set(['registered', 'cancelled', 'entered-in-error']);

export function judgeStudy(study: ImagingStudyFacts, codes: HeadCtCodes): StudyVerdict {
  if (UNAVAILABLE.has(study.status)) return { kind: 'refused', because: 'not-available' };
  const ctSeries = (study.series ?? []).filter((series) => isCtOrUnsaid(series.modality));
  if (!mayBeCt(study, ctSeries)) return { kind: 'refused', because: 'not-ct' };
  const procedureCodes = (study.procedureCode ?? []).flatMap(({ coding }) => coding ?? []);
  const texts = [study.description, ...(study.procedureCode ?? []).map(({ text }) => text)];
  const saysPlain = procedureCodes.some((coding) => codes.headCt.has(coding));
  if (!saysPlain && isContrastOnly(study, ctSeries, procedureCodes, texts, codes)) {
    return { kind: 'refused', because: 'contrast-only' };
  }
  return judgeBodyPart(ctSeries, texts, codes, saysPlain || procedureCodes.some((c) => codes.contrastHeadCt.has(c)));
}

function judgeBodyPart(
  series: readonly SeriesFacts[],
  texts: readonly (string | undefined)[],
  codes: HeadCtCodes,
  coded: boolean,
): StudyVerdict {
  if (coded) return { kind: 'head', because: 'procedure code' };
  const sites = series.flatMap(({ bodySite }) => (bodySite?.code === undefined ? [] : [bodySite]));
  if (sites.some((site) => codes.headSites.has(site))) return { kind: 'head', because: 'body site' };
  const spoken = [...texts, ...series.map(({ description }) => description), ...sites.map(({ display }) => display)];
  if (mentions(spoken, words.head)) return { kind: 'head', because: 'description' };
  if (sites.length > 0 || mentions(spoken, words.otherBodyPart)) return { kind: 'refused', because: 'not-head' };
  return { kind: 'possible', because: 'body part not stated' };
}

function mayBeCt(study: ImagingStudyFacts, ctSeries: readonly SeriesFacts[]): boolean {
  if (study.series !== undefined && study.series.length > 0) return ctSeries.length > 0;
  return (study.modality ?? []).length === 0 || (study.modality ?? []).some(isCtOrUnsaid);
}

function isCtOrUnsaid(modality: { system?: string | undefined; code?: string | undefined } | undefined): boolean {
  if (modality?.code === undefined) return true;
  return modality.code === 'CT' && (modality.system === undefined || modality.system === DICOM_MODALITY);
}

function isContrastOnly(
  study: ImagingStudyFacts,
  ctSeries: readonly SeriesFacts[],
  procedureCodes: readonly { system?: string | undefined; code?: string | undefined }[],
  texts: readonly (string | undefined)[],
  codes: HeadCtCodes,
): boolean {
  const described = ctSeries.filter(({ description }) => description !== undefined);
  if (described.length > 0 && described.length === (study.series ?? []).length) {
    return described.every(({ description }) => isNotPlain([description]));
  }
  return procedureCodes.some((coding) => codes.contrastHeadCt.has(coding)) || isNotPlain(texts);
}

function isNotPlain(texts: readonly (string | undefined)[]): boolean {
  return mentions(texts, words.notPlain) && !mentions(texts, words.plain);
}

/** Whole words only, whatever stands between them: "CT HEAD_W/O" mentions "head" and "w/o". */
function mentions(texts: readonly (string | undefined)[], list: readonly string[]): boolean {
  const spoken = toWords(texts.join(' '));
  return list.some((word) => spoken.includes(toWords(word)));
}

function toWords(text: string): string {
  return ` ${text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}
