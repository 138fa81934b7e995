import { expect } from 'chai';
import fc from 'fast-check';
import { findBoundary, readMultipart, writeMultipart } from '../../../../src/sandbox/pacs/multipart.ts';

describe('multipart/related (RFC 2387)', () => {
  it('reads back what it wrote, whatever the bytes (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (bodies) => {
        const parts = bodies.map((body) => ({ contentType: 'application/dicom; transfer-syntax=1.2', body }));
        const message = Buffer.concat([...writeMultipart(parts, 'a-boundary-no-body-holds')]);
        const read = readMultipart(message, 'a-boundary-no-body-holds');
        expect(read.map((part) => [...part.body])).to.deep.equal(bodies.map((body) => [...body]));
      }),
    );
  });

  it('notices any cut before the closing delimiter (property)', () => {
    const message = Buffer.concat([...writeMultipart([{ contentType: 'x/y', body: Buffer.from('pixels') }], 'b')]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: message.length - 5 }), (length) => {
        expect(() => readMultipart(message.subarray(0, length), 'b')).to.throw();
      }),
    );
  });

  it('finds a boundary quoted or not', () => {
    expect(findBoundary('multipart/related; boundary="a b"; type=x')).to.equal('a b');
    expect(findBoundary('multipart/related;boundary=ab;type=x')).to.equal('ab');
    expect(findBoundary('application/dicom')).to.equal(undefined);
  });
});
