/** What the report says, before it is a file: PS3.16 TID 1500, and the rule that a number never stands alone. */
import { expect } from 'chai';
import { ABSTENTION_REASONS } from '../../../../src/assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../../../../src/assessment/domain/evidence-level.ts';
import type { Finding, StudyAssessment } from '../../../../src/assessment/domain/finding.ts';
import { TARGETS } from '../../../../src/assessment/domain/target.ts';
import codes from '../../../../src/imaging/results/codes.json' with { type: 'json' };
import type { ContentItem } from '../../../../src/imaging/results/content-items.ts';
import { listReferencedImages, toReportContent } from '../../../../src/imaging/results/report-content.ts';
import { makeLoadedCt, STUDY } from '../../../support/assessment-parts.ts';
import { makeResult, NO_FORECAST, POSITIVE, WITHHELD } from '../../../support/result-scene.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const imagesOfSlice = (slice: number) => [{ sopClassUid: CT, sopInstanceUid: `2.25.3${String(slice)}` }];

function assess(...findings: [Finding, Finding, Finding]): StudyAssessment {
  return makeResult(STUDY, makeLoadedCt(), { findings });
}

function childrenOf(item: ContentItem | undefined): readonly ContentItem[] {
  return (item?.['ContentSequence'] ?? []) as readonly ContentItem[];
}

function meaning(item: ContentItem, keyword = 'ConceptNameCodeSequence'): string {
  return (item[keyword] as readonly Record<string, string>[])[0]?.['CodeMeaning'] ?? '';
}

function groupsOf(assessment: StudyAssessment): readonly (readonly ContentItem[])[] {
  const content = childrenOf(toReportContent({ assessment, imagesOfSlice }));
  return childrenOf(content.find((item) => meaning(item) === 'Imaging Measurements')).map((group) => childrenOf(group));
}

const numbersOf = (group: readonly ContentItem[] = []) => group.filter((item) => item['ValueType'] === 'NUM');
const valueOf = (group: readonly ContentItem[] = [], name = '') => {
  const item = group.find((one) => one['ValueType'] === 'CODE' && meaning(one) === name);
  return item && meaning(item, 'ConceptCodeSequence');
};

function walk(item: ContentItem): readonly ContentItem[] {
  return [item, ...childrenOf(item).flatMap((child) => walk(child))];
}

describe('imaging/results/report-content', () => {
  it('has one measurement group per target, in their order', () => {
    expect(groupsOf(assess(POSITIVE, NO_FORECAST, WITHHELD))).to.have.length(TARGETS.length);
  });

  it('gives an estimate with its bounds, its threshold, its evidence and the words that it is research', () => {
    const [group] = groupsOf(assess(POSITIVE, NO_FORECAST, WITHHELD));
    const numbers = numbersOf(group);
    const values = numbers.map(
      (item) => (item['MeasuredValueSequence'] as { NumericValue: string }[])[0]?.NumericValue,
    );
    expect(values).to.deep.equal(['87.1', '71.0', '93.4', '50.0']);
    expect(numbers.map((item) => meaning(item))).to.satisfy((names: string[]) =>
      names.every((name) => name.includes('research use only')),
    );
    expect(valueOf(group, codes.concepts.evidence[2])).to.equal('Trained on simulated CT only, never on patients');
  });

  it('gives no number where the evidence rule allows none, but the reason as code and sentence', () => {
    const [, , group] = groupsOf(assess(POSITIVE, NO_FORECAST, WITHHELD));
    expect(numbersOf(group)).to.deep.equal([]);
    expect(valueOf(group, codes.concepts.reason[2])).to.equal('Not enough evidence behind the networks');
    expect(JSON.stringify(group)).to.include('this site shows numbers from');
  });

  it('never names the question as a finding: the name is asked, the value is answered', () => {
    const groups = groupsOf(assess({ ...POSITIVE, call: 'negative' } as Finding, NO_FORECAST, WITHHELD));
    expect(valueOf(groups[0], 'Intracranial hemorrhage')).to.match(/below its threshold; nothing is excluded/);
    expect(valueOf(groups[1], codes.targets['ich-after-evt'].concept[2])).to.equal('Algorithm gave no result');
    const names = groups
      .flat()
      .map((item) => (item['ConceptNameCodeSequence'] as { CodeValue: string }[])[0]?.CodeValue);
    expect(names).not.to.include('121071');
  });

  it('identifies the algorithm in each group by name, version and digests (TID 4019)', () => {
    for (const group of groupsOf(assess(POSITIVE, NO_FORECAST, WITHHELD))) {
      const texts = group.map((item) => item['TextValue'] as string | undefined);
      expect(texts).to.include(`ensemble sha256 ${'ab'.repeat(32)}`);
      expect(texts).to.include(`network InceptionV4 0.1.0 sha256 ${'cd'.repeat(32)}`);
      expect(texts.filter((text) => text?.startsWith('analysed series '))).to.have.length(1);
    }
  });

  it('points at the images that drove an estimate, each once, and at none for an abstention', () => {
    const assessment = assess(POSITIVE, { ...POSITIVE, target: 'ich-after-evt' }, WITHHELD);
    const groups = groupsOf(assessment).map((group) => group.filter((item) => item['ValueType'] === 'IMAGE'));
    expect(groups.map(({ length }) => length)).to.deep.equal([3, 3, 0]);
    const listed = listReferencedImages({ assessment, imagesOfSlice });
    expect(listed.map((one) => one.sopInstanceUid)).to.deep.equal(['2.25.314', '2.25.315', '2.25.313']);
  });

  it('is the same tree for the same assessment', () => {
    const [one, other] = [1, 2].map(() =>
      toReportContent({ assessment: assess(POSITIVE, NO_FORECAST, WITHHELD), imagesOfSlice }),
    );
    expect(one).to.deep.equal(other);
  });

  it('fits every code into SH 16 and LO 64 (PS3.5 6.2)', () => {
    const all = [codes.concepts, codes.evidenceLevels, codes.reasons].flatMap((group) =>
      Object.values<string[]>(group),
    );
    const ofTargets = Object.values(codes.targets).flatMap(({ concept, probability }) => [concept, probability]);
    for (const [value = '', scheme = '', words = ''] of [...all, ...ofTargets]) {
      expect(value, words).to.have.length.within(1, 16);
      expect(scheme.length, value).to.be.at.most(16);
      expect(words, value).to.have.length.within(1, 64);
    }
    const own = [...all, ...ofTargets].filter(([, scheme]) => scheme === '').map(([value]) => value);
    expect(new Set(own).size).to.equal(own.length);
  });

  it('has a code for every reason, level and target there is', () => {
    expect(Object.keys(codes.reasons)).to.have.members([...ABSTENTION_REASONS]);
    expect(Object.keys(codes.evidenceLevels)).to.have.members([...EVIDENCE_LEVELS]);
    expect(Object.keys(codes.targets)).to.have.members([...TARGETS]);
  });

  it('uses only relations that Enhanced SR allows (PS3.3 table A.35.2-2)', () => {
    const items = walk(toReportContent({ assessment: assess(POSITIVE, NO_FORECAST, WITHHELD), imagesOfSlice }));
    const pairs = new Set(items.map((item) => `${String(item['RelationshipType'])} ${String(item['ValueType'])}`));
    expect([...pairs]).to.have.members([
      'undefined CONTAINER',
      'CONTAINS CONTAINER',
      'CONTAINS NUM',
      'CONTAINS CODE',
      'CONTAINS TEXT',
      'CONTAINS IMAGE',
      'HAS CONCEPT MOD CODE',
      'HAS CONCEPT MOD TEXT',
      'HAS OBS CONTEXT CODE',
      'HAS OBS CONTEXT TEXT',
      'HAS OBS CONTEXT UIDREF',
    ]);
  });
});
