/** Items of an SR content tree (PS3.3 C.17.3) and coded entries (PS3.3 8.8), as dcmjs writes them by keyword. */
import codes from './codes.json' with { type: 'json' };

export type ContentItem = Readonly<Record<string, unknown>>;
export type CodeEntry = Readonly<Record<string, string>>;

/** PS3.3 C.17.3.2.4; every pair used here is allowed in Enhanced SR (PS3.3 table A.35.2-2). */
export type Relationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD';

/** From codes.json: value, scheme ("" = our own), meaning. */
export function toCode([value = '', scheme = '', meaning = '']: readonly string[]): CodeEntry {
  return {
    CodeValue: value,
    CodingSchemeDesignator: scheme === '' ? codes.scheme.designator : scheme,
    CodeMeaning: meaning,
  };
}

function item(relationship: Relationship, type: string, name: readonly string[], value: object): ContentItem {
  return { RelationshipType: relationship, ValueType: type, ConceptNameCodeSequence: [toCode(name)], ...value };
}

export function text(relationship: Relationship, name: readonly string[], value: string): ContentItem {
  return item(relationship, 'TEXT', name, { TextValue: value });
}

export function uid(relationship: Relationship, name: readonly string[], value: string): ContentItem {
  return item(relationship, 'UIDREF', name, { UID: value });
}

export function code(relationship: Relationship, name: readonly string[], value: readonly string[]): ContentItem {
  return item(relationship, 'CODE', name, { ConceptCodeSequence: [toCode(value)] });
}

/** A share (0-1) as percent with one decimal: more digits would claim more than is known. */
export function percent(name: readonly string[], share: number): ContentItem {
  const value = {
    NumericValue: (share * 100).toFixed(1),
    MeasurementUnitsCodeSequence: [toCode(codes.concepts.percent)],
  };
  return item('CONTAINS', 'NUM', name, { MeasuredValueSequence: [value] });
}

export function image(name: readonly string[], reference: ImageReference): ContentItem {
  return item('CONTAINS', 'IMAGE', name, { ReferencedSOPSequence: [toSopReference(reference)] });
}

export function container(name: readonly string[], content: readonly ContentItem[], templateId?: string): ContentItem {
  return { RelationshipType: 'CONTAINS', ...toContainer(name, content, templateId) };
}

/** The root has no relationship: it stands in nothing. */
export function root(name: readonly string[], content: readonly ContentItem[], templateId: string): ContentItem {
  return toContainer(name, content, templateId);
}

function toContainer(name: readonly string[], content: readonly ContentItem[], templateId?: string): ContentItem {
  const template = { MappingResource: 'DCMR', TemplateIdentifier: templateId };
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [toCode(name)],
    ContinuityOfContent: 'SEPARATE',
    ...(templateId === undefined ? {} : { ContentTemplateSequence: [template] }),
    ContentSequence: content,
  };
}

/** One instance of the CT that was analysed. */
export interface ImageReference {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export function toSopReference({ sopClassUid, sopInstanceUid }: ImageReference): Readonly<Record<string, string>> {
  return { ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid };
}
