import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';

const file = new URL('../../../fhir-profiles/generated/CodeSystem-override-reason.json', import.meta.url);

describe('override reasons', () => {
  it('are exactly the codes of the published CodeSystem, with its display in English', () => {
    const system = JSON.parse(readFileSync(file, 'utf8')) as {
      url: string;
      concept: { code: string; display: string }[];
    };
    const published = system.concept.map(({ code, display }) => ({ system: system.url, code, display }));
    expect(loadServiceData('en').overrideReasons).to.deep.equal(published);
  });
});
