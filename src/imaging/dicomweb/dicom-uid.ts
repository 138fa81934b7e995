/** DICOM UIDs (PS3.5 9.1) before they become part of a path: digits and dots, at most 64, nothing else. */
import { Fault } from '../../errors.ts';

export function isUid(text: string): boolean {
  return text.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(text);
}

/** Throws Fault `dicom-malformed`; the value itself stays out of the message. */
export function requireUid(text: string): string {
  if (!isUid(text)) throw new Fault('dicom-malformed', 'A study or series identifier is not a DICOM UID');
  return text;
}
