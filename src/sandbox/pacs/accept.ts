/**
 * Which representation a retrieval asked for (PS3.18 8.7): DICOM parts, a single file or DICOM JSON, and in
 * which transfer syntaxes. The archive does not transcode: what it cannot give as stored is a 406.
 */
export interface AcceptedRange {
  readonly mediaType: string;
  /** The `type` parameter of multipart/related. */
  readonly partType: string | undefined;
  /** A UID, `*`, or undefined when none was named. */
  readonly transferSyntax: string | undefined;
}

/** Parses an Accept header; an absent one means anything. Quoted commas and semicolons stay inside a value. */
export function parseAccept(header: string | undefined): readonly AcceptedRange[] {
  const ranges = splitOutsideQuotes(header ?? '*/*', ',').map((range) => {
    const [mediaType = '', ...parameters] = splitOutsideQuotes(range, ';').map((piece) => piece.trim());
    const named = new Map(
      parameters.map((parameter) => {
        const [name = '', ...rest] = parameter.split('=');
        return [
          name.trim().toLowerCase(),
          rest
            .join('=')
            .trim()
            .replace(/^"(.*)"$/, '$1'),
        ];
      }),
    );
    return {
      mediaType: mediaType.toLowerCase(),
      partType: named.get('type')?.toLowerCase(),
      transferSyntax: named.get('transfer-syntax'),
    };
  });
  return ranges.filter((range) => range.mediaType !== '');
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const pieces = [''];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === separator && !quoted) pieces.push('');
    else pieces[pieces.length - 1] = `${pieces.at(-1) ?? ''}${character}`;
  }
  return pieces;
}

/** Does a range take DICOM parts of this transfer syntax? No named syntax takes what is stored. */
export function takesDicomParts(range: AcceptedRange, transferSyntaxUid: string): boolean {
  const media = ['*/*', 'multipart/*', 'multipart/related'].includes(range.mediaType);
  const part = range.partType === undefined || range.partType === 'application/dicom';
  return media && part && takesSyntax(range, transferSyntaxUid);
}

/** Does a range take one bare DICOM file? Only the plain media type asks for that. */
export function takesDicomFile(range: AcceptedRange, transferSyntaxUid: string): boolean {
  return range.mediaType === 'application/dicom' && takesSyntax(range, transferSyntaxUid);
}

function takesSyntax(range: AcceptedRange, transferSyntaxUid: string): boolean {
  return [undefined, '*', transferSyntaxUid].includes(range.transferSyntax);
}
