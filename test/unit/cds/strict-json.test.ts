import { expect } from 'chai';
import fc from 'fast-check';
import { parseStrictJson } from '../../../src/cds/strict-json.ts';
import { Fault } from '../../../src/errors.ts';

const read = (text: string, maximumDepth = 16): unknown => parseStrictJson(Buffer.from(text), { maximumDepth });
const refuse = (text: string, why: RegExp, maximumDepth = 16) =>
  expect(() => read(text, maximumDepth), text.slice(0, 40)).to.throw(Fault, why);

describe('strict JSON', () => {
  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor|prototype/.test(text) && text.isWellFormed());
        fc.pre(!/\\ud[89a-f]/i.test(text));
        expect(parseStrictJson(Buffer.from(text), { maximumDepth: 1000 })).to.deep.equal(JSON.parse(text));
      }),
    );
  });
  it('throws nothing but request-malformed, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseStrictJson(bytes, { maximumDepth: 8 });
        } catch (error) {
          expect(error).to.be.instanceOf(Fault).and.to.have.property('code', 'request-malformed');
        }
      }),
    );
  });
  it('refuses a key that stands twice in one object, also under an escape', () => {
    refuse('{"a":1,"a":2}', /twice/);
    refuse('{"a":1,"\\u0061":2}', /twice/);
    refuse('{"x":[{"patientId":"1", "patientId" :"2"}]}', /twice/);
  });
  it('accepts the same key in different objects, and a value that looks like a key', () => {
    expect(read('[{"a":1},{"a":{"a":"a:"}}]')).to.deep.equal([{ a: 1 }, { a: { a: 'a:' } }]);
  });
  it('refuses keys that name a prototype, also under an escape', () => {
    refuse('{"__proto__":{"isAdmin":true}}', /prototype/);
    refuse('{"a":{"constructor":1}}', /prototype/);
    refuse('{"\\u005f_proto__":1}', /prototype/);
  });
  it('accepts those words as values', () => {
    expect(read('["__proto__"]')).to.deep.equal(['__proto__']);
  });
  it('refuses half a surrogate pair in keys and values, and accepts a whole one', () => {
    refuse('{"a":"\\ud83d"}', /half a character/);
    refuse('{"\\ude00":1}', /half a character/);
    expect(read('"\\ud83d\\ude00"')).to.equal('😀');
  });
  it('refuses nesting beyond the limit, without running out of stack', () => {
    expect(read('[[1]]', 2)).to.deep.equal([[1]]);
    refuse('[[[1]]]', /deeper than 2/, 2);
    refuse('['.repeat(1_000_000), /deeper/);
  });
  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]), { maximumDepth: 2 })).to.throw(Fault, /UTF-8/);
    expect(() => parseStrictJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), { maximumDepth: 2 })).to.throw(/UTF-8/);
  });
  it('refuses what is not JSON and never repeats it', () => {
    for (const text of [
      '',
      '{',
      '{"a":}',
      "{'a':1}",
      '{"a":1}{"b":2}',
      '// x\n{}',
      '{"a":1,}',
      'NaN',
      '"\\x"',
      '"\\',
    ]) {
      refuse(text, /^The body is not JSON$/);
    }
  });
});
