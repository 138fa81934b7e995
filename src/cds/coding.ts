/**
 * Shapes that several CDS Hooks messages share (CDS Hooks 2.0, Data Types and Use of JSON).
 * Strings are never empty: the JSON rule forbids empty elements, so an optional field is left out instead.
 */
import { z } from 'zod';

/** A string that says something: not empty and not only white space. */
export const text = z.string().refine((value) => value.trim() !== '', 'must not be blank');

/** http(s) with a host and without credentials inside; relative addresses do not parse. */
export const absoluteUrl = z.string().refine(isAbsoluteHttpUrl, 'must be an absolute http(s) URL');

/** Coding: `code` and `system` are required; `display` stands where a person reads it. */
export const coding = z.strictObject({ code: text, system: text, display: text.optional() });

/** Coding of an override reason: here `display` is required (CDS Hooks 2.0, Overriding Cards). */
export const displayedCoding = z.strictObject({ code: text, system: text, display: text });

/** Extensions: a pre-coordinated JSON object under globally unique names (CDS Hooks 2.0, Extensions). */
export const extension = z.record(text, z.unknown());

export type Coding = z.infer<typeof coding>;

export function isAbsoluteHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  return isHttp && url.hostname !== '' && url.username === '' && url.password === '';
}
