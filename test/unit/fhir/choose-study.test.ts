import { expect } from 'chai';
import fc from 'fast-check';
import type { ImagingStudy } from '@medplum/fhirtypes';
import { chooseStudy } from '../../../src/fhir/imaging-study/choose-study.ts';
import { imagingStudySchema } from '../../../src/fhir/imaging-study/imaging-study-schema.ts';
import { HEAD_CT_CODES, ORDERED_AT, PATIENT_ID, makeImagingStudy } from '../../support/fhir-samples.ts';

const WINDOW = { patientId: PATIENT_ID, orderedAt: ORDERED_AT, maximumAgeHours: 24 };
const OUR_SERVER = 'https://fhir.example.org/r4';
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';

const choose = (...studies: ImagingStudy[]) =>
  chooseStudy(
    studies.map((study) => imagingStudySchema.parse(study)),
    WINDOW,
    HEAD_CT_CODES,
    [OUR_SERVER],
  );
const answerOf = (...studies: ImagingStudy[]) => {
  const choice = choose(...studies);
  return choice.kind === 'chosen' ? choice.judged.study.id : choice.reason;
};
const series = (description: string | undefined, bodySite?: string) => ({
  uid: '1.2.3',
  modality: { system: DCM, code: 'CT' },
  ...(description === undefined ? {} : { description }),
  ...(bodySite === undefined ? {} : { bodySite: { system: 'http://snomed.info/sct', code: bodySite } }),
});
const procedure = (system: string, code: string) => [{ coding: [{ system, code }] }];
const withoutUndefined = (study: ImagingStudy) => JSON.parse(JSON.stringify(study)) as ImagingStudy;
const silent = { description: undefined, series: [series(undefined)] } as unknown as Partial<ImagingStudy>;

describe('chooseStudy: the latest head CT before the order, inside the window', () => {
  it('takes the latest of several', () => {
    const older = makeImagingStudy({ id: 'older', started: '2026-11-23T05:00:00Z' });
    expect(answerOf(older, makeImagingStudy({ id: 'newer' }))).to.equal('newer');
  });

  it('compares instants across time zones', () => {
    const tokyo = makeImagingStudy({ id: 'tokyo', started: '2026-11-23T18:30:00+09:00' }); // 09:30Z
    const london = makeImagingStudy({ id: 'london', started: '2026-11-23T09:00:00Z' });
    expect(answerOf(tokyo, london)).to.equal('tokyo');
  });

  it('never takes a study that began at or after the order', () => {
    expect(answerOf(makeImagingStudy({ started: ORDERED_AT }))).to.equal('no-preoperative-ct');
    expect(answerOf(makeImagingStudy({ started: '2026-11-23T13:00:00Z' }))).to.equal('no-preoperative-ct');
  });

  it('names the age of a CT that is too old', () => {
    const choice = choose(makeImagingStudy({ started: '2026-11-22T10:00:00Z' }));
    expect(choice).to.deep.include({ kind: 'abstained', reason: 'ct-too-old' });
    expect(choice.kind === 'abstained' && choice.detail).to.contain('26.0 h');
  });

  it('takes a study of which only the day is known, on that day', () => {
    expect(answerOf(makeImagingStudy({ id: 'day', started: '2026-11-23' }))).to.equal('day');
  });

  it('finds the time on the series where the study has none', () => {
    const { started: _none, ...study } = makeImagingStudy({
      id: 'by-series',
      series: [{ ...series('Head'), started: '2026-11-23T08:00:00Z' }],
    });
    expect(_none).to.be.a('string');
    expect(answerOf(study)).to.equal('by-series');
  });

  it('says that there is no study at all', () => {
    expect(answerOf()).to.equal('no-imaging-study');
  });

  it("does not take another patient's study", () => {
    expect(answerOf(makeImagingStudy({ subject: { reference: 'Patient/other' } }))).to.equal('no-imaging-study');
  });

  it('takes a study that is addressed absolutely on our server, versioned or not', () => {
    for (const reference of [
      `${OUR_SERVER}/Patient/${PATIENT_ID}`,
      `https://FHIR.example.org:443/r4//Patient/${PATIENT_ID}/_history/2`,
      `Patient/${PATIENT_ID}/_history/2`,
    ]) {
      expect(answerOf(makeImagingStudy({ subject: { reference } })), reference).to.equal('study-1');
    }
  });

  it('takes no study whose subject is no patient of ours', () => {
    for (const reference of [
      `https://elsewhere.example.org/r4/Patient/${PATIENT_ID}`,
      `https://fhir.example.org/r4/tenant-b/Patient/${PATIENT_ID}`,
      `https://x:y@fhir.example.org/r4/Patient/${PATIENT_ID}`,
      `Device/${PATIENT_ID}`,
      `Group/${PATIENT_ID}`,
      `Patient/2/_history/${PATIENT_ID}`,
      `urn:uuid:${PATIENT_ID}`,
      `#${PATIENT_ID}`,
      `XPatient/${PATIENT_ID}`,
      '',
    ]) {
      expect(answerOf(makeImagingStudy({ subject: { reference } })), reference).to.equal('no-imaging-study');
    }
    expect(answerOf(makeImagingStudy({ subject: {} }))).to.equal('no-imaging-study');
  });

  it('does not take a study without a DICOM study UID', () => {
    expect(answerOf(makeImagingStudy({ identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:x' }] }))).to.equal(
      'no-preoperative-ct',
    );
  });

  it('is the same whatever the order of the studies (property)', () => {
    const hours = fc.uniqueArray(fc.integer({ min: -5, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(hours, (ages) => {
        const studies = ages.map((age) => {
          const started = new Date(Date.parse(ORDERED_AT) - age * 3_600_000).toISOString();
          return makeImagingStudy({ id: `age${String(age)}`, started });
        });
        const eligible = ages.filter((age) => age > 0 && age <= 24).sort((a, b) => a - b);
        const expected = eligible[0] === undefined ? undefined : `age${String(eligible[0])}`;
        for (const order of [studies, studies.toReversed()]) {
          const choice = choose(...order);
          expect(choice.kind === 'chosen' ? choice.judged.study.id : undefined).to.equal(expected);
        }
      }),
    );
  });
});

describe('judgeStudy: is it a plain CT of the head?', () => {
  const cases: readonly (readonly [title: string, changes: Partial<ImagingStudy>, answer: string])[] = [
    [
      'procedure code of a plain head CT',
      { ...silent, procedureCode: procedure('http://loinc.org', '30799-1') },
      'study-1',
    ],
    [
      'procedure code wins over a chest in the words',
      { description: 'CT chest', procedureCode: procedure('http://loinc.org', '24725-4') },
      'study-1',
    ],
    ['body site head', { ...silent, series: [series(undefined, '69536005')] }, 'study-1'],
    ['body site brain', { ...silent, series: [series(undefined, '12738006')] }, 'study-1'],
    ['body site chest', { ...silent, series: [series(undefined, '51185008')] }, 'no-preoperative-ct'],
    ['German description', { description: 'CT Schädel nativ', series: [series('5 mm')] }, 'study-1'],
    ['French description', { description: 'TDM crâne sans injection', series: [series('5 mm')] }, 'study-1'],
    ['chest', { description: 'CT Chest', series: [series('Lung 1 mm')] }, 'no-preoperative-ct'],
    ['"headache" is no head', { description: 'CT chest, headache', series: [series('Lung')] }, 'no-preoperative-ct'],
    ['nothing stated', silent, 'study-1'],
    [
      'angiography by its code',
      { ...silent, procedureCode: procedure('http://www.ama-assn.org/go/cpt', '70496') },
      'contrast-enhanced',
    ],
    [
      'LOINC 24727-0 is WITH contrast',
      { ...silent, procedureCode: procedure('http://loinc.org', '24727-0') },
      'contrast-enhanced',
    ],
    ['angiography by its words', { description: 'CT ANGIO HEAD', series: [] }, 'contrast-enhanced'],
    [
      'all series with contrast',
      { description: 'Stroke', series: [series('CTA Head'), series('CTP perfusion')] },
      'contrast-enhanced',
    ],
    [
      'stroke protocol: plain beside CTA',
      { description: 'Stroke protocol CTA head', series: [series('CTA Head'), series('NCCT Head 5 mm')] },
      'study-1',
    ],
    [
      'CTA code, but a plain series',
      { procedureCode: procedure('http://www.ama-assn.org/go/cpt', '70496'), series: [series('Head w/o 5 mm')] },
      'study-1',
    ],
    ['"without contrast" is not contrast', { description: 'CT HEAD WITHOUT CONTRAST', series: [] }, 'study-1'],
    [
      'MR only',
      {
        modality: [{ system: DCM, code: 'MR' }],
        series: [{ ...series('Head'), modality: { system: DCM, code: 'MR' } }],
      },
      'no-preoperative-ct',
    ],
    [
      'CT and SR',
      { series: [series('Head'), { ...series('Dose'), modality: { system: DCM, code: 'SR' } }] },
      'study-1',
    ],
    ['cancelled', { status: 'cancelled' }, 'no-preoperative-ct'],
    ['registered only', { status: 'registered' }, 'no-preoperative-ct'],
    ['entered in error', { status: 'entered-in-error' }, 'no-preoperative-ct'],
  ];
  for (const [title, changes, answer] of cases) {
    it(`${title}: ${answer}`, () => {
      expect(answerOf(withoutUndefined(makeImagingStudy(changes)))).to.equal(answer);
    });
  }

  it('prefers a stated head CT to a newer study that states nothing', () => {
    const newer = withoutUndefined(makeImagingStudy({ ...silent, id: 'newer', started: '2026-11-23T11:00:00Z' }));
    expect(answerOf(newer, makeImagingStudy({ id: 'stated' }))).to.equal('stated');
    expect(choose(newer, makeImagingStudy())).to.have.nested.property('unread.startedAt', '2026-11-23T11:00:00.000Z');
  });

  it('names no unread CT that is older, after the order, or of another body part', () => {
    const others = [
      { ...silent, id: 'older', started: '2026-11-23T09:00:00Z' },
      { ...silent, id: 'after', started: '2026-11-23T13:00:00Z' },
      { id: 'chest', description: 'CT chest', series: [], started: '2026-11-23T11:00:00Z' },
    ].map((one) => withoutUndefined(makeImagingStudy(one)));
    expect(choose(...others, makeImagingStudy())).not.to.have.property('unread');
    const ofTheDay = withoutUndefined(makeImagingStudy({ ...silent, started: '2026-11-23' }));
    expect(choose(ofTheDay, makeImagingStudy())).to.have.nested.property('unread.precision', 'day');
  });
});
