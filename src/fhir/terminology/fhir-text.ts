/**
 * Text from outside as a FHIR string: no control characters but tab and line ends, no lone surrogates, never
 * empty (FHIR R4 datatypes#string). DICOM descriptions and order ids hold all of these in the wild.
 */
export function toFhirText(text: string, whenEmpty: string): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+/g, ' ')
    .trim();
  return clean === '' ? whenEmpty : clean;
}
