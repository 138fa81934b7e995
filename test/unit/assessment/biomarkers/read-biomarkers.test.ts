import { expect } from 'chai';
import { createBiomarkerReader, readBiomarkers } from '../../../../src/assessment/biomarkers/read-biomarkers.ts';

const GENE = 'http://www.ncbi.nlm.nih.gov/gene';
const observation = (id: string, code: string, change: Record<string, unknown> = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: GENE, code }] },
  effectiveDateTime: '2026-11-23T10:00:00Z',
  valueQuantity: { value: 142, unit: 'ng/mL' },
  ...change,
});

describe('biomarkers from the chart', () => {
  it('shows value, unit, date and the finding in mice', () => {
    const [reading] = readBiomarkers([observation('o1', '3934')]);
    expect(reading).to.include({ name: 'LCN2 (NGAL)', value: 142, unit: 'ng/mL', source: 'Observation/o1' });
    expect(reading?.finding.en).to.contain('mouse');
    expect(reading?.finding.de).to.contain('Mausmodell');
  });

  it('takes the newest of each', () => {
    const older = observation('old', '3934', { effectiveDateTime: '2026-11-22T10:00:00Z' });
    expect(readBiomarkers([older, observation('new', '3934'), observation('k', '3791')])).to.have.length(2);
    expect(readBiomarkers([older, observation('new', '3934')])[0]?.source).to.equal('Observation/new');
  });

  it('is silent about what is absent, preliminary, without unit or coded otherwise', () => {
    const left = [
      observation('a', '3934', { status: 'preliminary' }),
      observation('b', '3934', { valueQuantity: { value: 3 } }),
      observation('c', '9999'),
      observation('d', '3934', { code: { coding: [{ system: 'urn:other', code: '3934' }] } }),
      null,
    ];
    expect(readBiomarkers(left)).to.deep.equal([]);
  });

  it('asks for one patient and the mapped codes only', async () => {
    let asked: unknown;
    const read = createBiomarkerReader((type, parameters) => {
      asked = [type, ...parameters];
      return Promise.resolve({});
    });
    expect(await read('p1', { signal: AbortSignal.timeout(100) })).to.deep.equal([]);
    expect(asked).to.deep.equal([
      'Observation',
      ['subject', 'Patient/p1'],
      ['code', `${GENE}|3934,${GENE}|3791,${GENE}|5829`],
    ]);
  });
});
