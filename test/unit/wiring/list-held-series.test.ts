import { expect } from 'chai';
import { pino } from 'pino';
import { Fault } from '../../../src/errors.ts';
import { createArchiveLister } from '../../../src/wiring/list-held-series.ts';
import { STUDY } from '../../support/assessment-parts.ts';

const call = { signal: new AbortController().signal };

describe('wiring/list-held-series', () => {
  it('hands on what the archive says', async () => {
    const held = [{ seriesInstanceUid: '2.25.1', instances: 3 }];
    const list = createArchiveLister({ listHeldSeries: () => Promise.resolve(held) }, pino({ level: 'silent' }));
    expect(await list(STUDY, call)).to.deep.equal(held);
  });

  it('makes nothing of an archive that fails, and names code alone in the log: no study, no patient', async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const failing = new Fault('pacs-unavailable', `no ${STUDY.studyInstanceUid}`, { retryable: true });
    const list = createArchiveLister({ listHeldSeries: () => Promise.reject(failing) }, logger);
    expect(await list(STUDY, call)).to.equal(undefined);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain('"code":"pacs-unavailable"').and.to.contain('"level":40');
    expect(lines[0]).not.to.match(new RegExp(`${STUDY.studyInstanceUid}|${STUDY.patientId}`));
  });
});
