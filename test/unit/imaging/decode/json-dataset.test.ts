import { expect } from 'chai';
import { readInstanceFacts } from '../../../../src/imaging/decode/instance-facts.ts';
import { parseDicomJson } from '../../../../src/imaging/decode/json-dataset.ts';
import { readPart10 } from '../../../../src/imaging/decode/part10-reader.ts';
import { createCtStudy } from '../../../../src/phantom/ct-study.ts';
import { toDicomJson } from '../../../../src/sandbox/pacs/dicom-json.ts';
import { data } from 'dcmjs';

const parse = (text: string) => parseDicomJson(new TextEncoder().encode(text));

describe('imaging/decode/json-dataset (PS3.18 F.2)', () => {
  for (const role of ['thick-soft', 'enhanced-thick'] as const) {
    it(`reads the same facts from metadata as from the file itself: ${role}`, async () => {
      const made = await createCtStudy({ seed: 61, matrix: 64, sliceCount: 12, series: [{ role }] });
      for (const { bytes } of made.series[0]!.instances) {
        const { dict } = data.DicomMessage.readFile(Uint8Array.from(bytes).buffer, {
          untilTag: '7FE00010',
          includeUntilTagValue: false,
        });
        const [fromJson] = parse(JSON.stringify([toDicomJson(dict)]));
        const fromFile = readPart10(bytes, { maximumInflatedBytes: 1 << 24 }).dataset;
        expect(readInstanceFacts(fromJson!)).to.deep.equal(readInstanceFacts(fromFile));
      }
    });
  }

  it('takes DS as JSON strings', () => {
    const [dataset] = parse('[{"00180060":{"vr":"DS","Value":["120.0"]}}]');
    expect(readInstanceFacts(dataset!)).to.have.property('kvp', 120);
  });

  it('reads half a position as none', () => {
    const [dataset] = parse('[{"00200032":{"vr":"DS","Value":[1,"x",3]}}]');
    expect(readInstanceFacts(dataset!).frames[0]?.position).to.deep.equal([]);
  });

  it('does not follow bulk data', () => {
    const [dataset] = parse('[{"00180060":{"vr":"DS","BulkDataURI":"http://169.254.169.254/"}}]');
    expect(readInstanceFacts(dataset!)).to.have.property('kvp', undefined);
  });

  it('believes a number of frames only as far as they are described', () => {
    const [dataset] = parse('[{"00280008":{"vr":"IS","Value":[2000000000]}}]');
    expect(readInstanceFacts(dataset!).frames).to.have.length(1);
  });

  for (const text of ['', '{', '{}', '[1]', '"x"', 'null', '\ufffd']) {
    it(`names ${text === '' ? 'nothing' : text} as no answer`, () => {
      expect(() => parse(text))
        .to.throw()
        .with.property('code', 'pacs-answer-malformed');
    });
  }
});
