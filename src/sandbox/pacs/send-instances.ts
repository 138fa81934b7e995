/**
 * WADO-RS answers (PS3.18 10.4): multipart/related of whole files, streamed with back-pressure, or one bare file.
 * Body faults (truncated, cut) act here, where the bytes are.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Response } from 'express';
import { parseAccept, takesDicomFile, takesDicomParts } from './accept.ts';
import { findBodyFault } from './fault-switch.ts';
import { writeMultipart } from './multipart.ts';
import type { StoredInstance } from './read-instance.ts';

/** 404 when there is nothing, 406 when no accepted range takes what is stored. */
export function sendInstances(
  response: Response,
  accept: string | undefined,
  instances: readonly StoredInstance[],
): void {
  const ranges = parseAccept(accept);
  const [first] = instances;
  if (!first) {
    response.status(404).json({ message: 'No such study, series or instance' });
  } else if (
    instances.every(({ transferSyntaxUid }) => ranges.some((range) => takesDicomParts(range, transferSyntaxUid)))
  ) {
    sendMultipart(response, instances);
  } else if (instances.length === 1 && ranges.some((range) => takesDicomFile(range, first.transferSyntaxUid))) {
    response.type('application/dicom').send(Buffer.from(first.bytes));
  } else {
    response.status(406).json({ message: 'The archive does not transcode; ask for transfer-syntax=*' });
  }
}

function sendMultipart(response: Response, instances: readonly StoredInstance[]): void {
  const boundary = `archive-${randomUUID()}`;
  response.set('Content-Type', `multipart/related; type="application/dicom"; boundary="${boundary}"`);
  const parts = instances.map(({ bytes, transferSyntaxUid }) => ({
    contentType: `application/dicom; transfer-syntax=${transferSyntaxUid}`,
    body: bytes,
  }));
  const whole = writeMultipart(parts, boundary);
  const fault = findBodyFault(response);
  if (fault === undefined) Readable.from(whole).pipe(response);
  else void sendBroken(response, [...whole], fault);
}

/** Sends all but the second half of the last file, then ends cleanly or cuts the connection. */
async function sendBroken(
  response: Response,
  pieces: readonly Uint8Array[],
  fault: 'truncated' | 'cut',
): Promise<void> {
  const last = pieces.at(-3);
  for (const piece of pieces.slice(0, -3)) await writePiece(response, piece);
  if (last) await writePiece(response, last.subarray(0, Math.floor(last.length / 2)));
  if (fault === 'truncated') response.end();
  else response.destroy();
}

async function writePiece(response: Response, piece: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(piece, done);
  });
}
