import { expect } from 'chai';
import fc from 'fast-check';
import {
  readBoundary,
  readMultipart,
  type MultipartLimits,
} from '../../../../src/imaging/dicomweb/multipart-reader.ts';

const LIMITS: MultipartLimits = {
  maximumHeaderBytes: 1000,
  maximumPartBytes: 5000,
  maximumParts: 20,
  maximumTotalBytes: 100_000,
};
const BOUNDARY = 'b0undary';

function write(parts: readonly Uint8Array[], withLength: boolean): Buffer {
  const pieces = parts.flatMap((part) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n`),
    Buffer.from(withLength ? `Content-Length: ${String(part.length)}\r\n\r\n` : '\r\n'),
    Buffer.from(part),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

async function* chop(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

async function read(bytes: Buffer, sizes: readonly number[] = [16], limits = LIMITS): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of readMultipart(chop(bytes, sizes), BOUNDARY, limits)) parts.push(part.bytes);
  return parts;
}

async function failure(work: Promise<unknown>): Promise<{ code?: string; message: string; retryable?: boolean }> {
  return work.then(
    () => ({ message: 'nothing failed' }),
    (error: unknown) => error as { code: string; message: string; retryable: boolean },
  );
}

describe('imaging/dicomweb/multipart-reader (RFC 2046 5.1)', () => {
  it('property: gives back the parts however the stream is cut, with and without Content-Length', async () => {
    const part = fc.uint8Array({ maxLength: 200 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        sizes,
        fc.boolean(),
        async (parts, cuts, withLength) => {
          fc.pre(parts.every((bytes) => !Buffer.from(bytes).includes(`--${BOUNDARY}`)));
          expect(await read(write(parts, withLength), cuts)).to.deep.equal(parts);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads a part that holds the boundary when its length is stated', async () => {
    const part = Buffer.from(`x\r\n--${BOUNDARY}\r\ny`);
    expect(await read(write([part], true))).to.deep.equal([Uint8Array.from(part)]);
  });

  it('gives each part its own buffer, to be handed to a worker', async () => {
    const parts = await read(write([Buffer.alloc(10), Buffer.alloc(100), Buffer.alloc(3)], false));
    for (const part of parts) expect(part.buffer.byteLength).to.equal(part.length);
  });

  it('property: a stream that ends early is a retryable fault, whatever it ends in', async () => {
    const whole = write([Buffer.alloc(100, 7), Buffer.alloc(50, 9)], true);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 5 }), async (length) => {
        const { code, retryable } = await failure(read(whole.subarray(0, length)));
        expect({ code, retryable }).to.deep.equal({ code: 'pacs-answer-malformed', retryable: true });
      }),
      { numRuns: 150 },
    );
  });

  it('names a part that is longer than it said', async () => {
    const wrong = Buffer.from(
      write([Buffer.alloc(20, 1)], true)
        .toString('latin1')
        .replace('20', '12'),
      'latin1',
    );
    expect(await failure(read(wrong)))
      .to.have.property('message')
      .that.includes('longer than it said');
  });

  const BOUNDS: readonly (readonly [string, Partial<MultipartLimits>])[] = [
    ['a part above its limit', { maximumPartBytes: 50 }],
    ['more parts than allowed', { maximumParts: 1 }],
    ['more bytes than allowed', { maximumTotalBytes: 150 }],
    ['headers without end', { maximumHeaderBytes: 20 }],
  ];
  for (const [what, limit] of BOUNDS) {
    it(`stops at ${what}`, async () => {
      const bytes = write([Buffer.alloc(100), Buffer.alloc(100)], false);
      expect(await failure(read(bytes, [16], { ...LIMITS, ...limit }))).to.have.property(
        'code',
        'pacs-answer-malformed',
      );
    });
  }

  it('stops asking for more the moment a limit is passed', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from(`--${BOUNDARY}\r\n\r\n`);
      for (;;) {
        asked++;
        yield await Promise.resolve(Buffer.alloc(1000));
      }
    }
    const reading = readMultipart(endless(), BOUNDARY, LIMITS);
    expect(await failure(reading.next())).to.have.property('code', 'pacs-answer-malformed');
    expect(asked).to.be.at.most(7);
  });

  it('skips a preamble and takes padding after a boundary', async () => {
    const body = Buffer.from(`preamble\r\n--${BOUNDARY}  \r\n\r\nabc\r\n--${BOUNDARY}--`);
    expect((await read(body)).map((part) => Buffer.from(part).toString())).to.deep.equal(['abc']);
  });

  it('refuses a length that is none', async () => {
    const body = Buffer.from(`--${BOUNDARY}\r\nContent-Length: 1e9\r\n\r\nabc\r\n--${BOUNDARY}--`);
    expect(await failure(read(body)))
      .to.have.property('message')
      .that.includes('impossible length');
  });

  it('reads the boundary quoted, unquoted and in any order of parameters', () => {
    const types = [
      'multipart/related; type="application/dicom"; boundary=b0undary',
      'multipart/related; boundary="b0undary"; type="application/dicom"',
      'Multipart/Related;boundary=b0undary;type=application/dicom',
    ];
    for (const type of types) expect(readBoundary(type), type).to.equal(BOUNDARY);
  });

  it('finds no boundary in another content type', () => {
    for (const type of [
      'application/dicom',
      'text/html; boundary=x',
      'multipart/related',
      'multipart/related; boundary=""',
    ]) {
      expect(readBoundary(type), type).to.equal(undefined);
    }
  });
});
