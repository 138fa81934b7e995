/** Forest plots: everything a reader needs stands in the picture and in its words. */
import { expect } from 'chai';
import { drawForest } from '../../../evidence/draw-forest.ts';
import { createForestAxis } from '../../../evidence/forest-axis.ts';
import { formatEstimate, formatRange } from '../../../evidence/readable-numbers.ts';
import { loadPublishedEvidence, requirePooled, type Pool } from '../../../evidence/published-evidence.ts';

const evidence = loadPublishedEvidence();
const pool = requirePooled(evidence, 'any-ich');
const draw = (of: Pool, language: 'en' | 'de' = 'en', isStandalone = true) =>
  drawForest(of, { language, isStandalone });

describe('forest plot', () => {
  it('has a row for every study with its counts, and a square as large as its weight', () => {
    const svg = draw(pool) ?? '';
    for (const { label } of pool.rows) expect(svg).to.contain(`>${label}</text>`);
    expect(svg).to.contain('421 / 1,017');
    const sides = [...svg.matchAll(/class="square"[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(sides).to.have.length(pool.rows.length);
    const heaviest = pool.rows.findIndex(
      (row) => row.weightPercent === Math.max(...pool.rows.map((one) => one.weightPercent ?? 0)),
    );
    expect(sides[heaviest]).to.equal(Math.max(...sides));
  });

  it('has the diamond over the pooled interval and the prediction interval around it', () => {
    const svg = draw(pool) ?? '';
    const axis = createForestAxis(pool, 330, 660);
    const [left, right] = [pool.result.lower, pool.result.upper].map(
      (value) => Math.round(axis.place(value).x * 10) / 10,
    );
    const diamond = /class="diamond" points="([\d.]+),\d+ [\d.]+,\d+ ([\d.]+),/.exec(svg);
    expect([Number(diamond?.[1]), Number(diamond?.[2])]).to.deep.equal([left, right]);
    const forecast = /class="prediction" x1="([\d.]+)" y1="\d+" x2="([\d.]+)"/.exec(svg);
    expect(Number(forecast?.[1])).to.be.below(left ?? 0);
    expect(Number(forecast?.[2])).to.be.above(right ?? 0);
  });

  it('says all of it in title and desc', () => {
    const svg = draw(pool) ?? '';
    expect(svg).to.match(/role="img" aria-labelledby="any-ich-title any-ich-desc"/);
    const desc = /<desc id="any-ich-desc">([^<]*)</.exec(svg)?.[1] ?? '';
    for (const { label } of pool.rows) expect(desc).to.contain(label);
    const { estimate, lower, upper, predictionLower, predictionUpper } = pool.result;
    const range = (from: number, to: number) => formatRange('proportion', from, to);
    expect(desc).to.contain(`Pooled ${formatEstimate('proportion', estimate)} (${range(lower, upper)})`);
    expect(desc).to.contain(`prediction interval ${range(predictionLower, predictionUpper)}`);
  });

  it('speaks German with a decimal comma', () => {
    const svg = draw(pool, 'de') ?? '';
    // One study's own figures, which no further study moves.
    expect(svg).to.contain('372 / 1.097').and.contain('33,9 % (31,2 bis 36,8 %)').and.contain('Vorhersageintervall');
  });

  it('brings its colours for light and dark only where it stands alone', () => {
    expect(draw(pool)).to.contain('prefers-color-scheme: dark');
    expect(draw(pool, 'en', false)).not.to.contain('<style>');
  });

  it('ends an interval that leaves the axis in an arrow', () => {
    expect(draw(requirePooled(evidence, 'auc-ich-detection'))).to.contain('class="arrow prediction"');
    expect(draw(pool)).not.to.contain('class="arrow');
  });

  it('escapes what a study is called', () => {
    const [first, ...others] = pool.rows;
    const named = { ...pool, rows: [{ ...first!, label: '<b>&"' }, ...others] };
    expect(draw(named)).to.contain('&lt;b&gt;&amp;&quot;').and.not.contain('<b>');
  });

  it('is not drawn where nothing is pooled', () => {
    expect(draw(evidence.pools.find(({ id }) => id === 'low-aspects-sich')!)).to.equal(undefined);
  });
});

describe('axis of a forest plot', () => {
  it('of odds ratios is symmetric around 1 on the log scale', () => {
    const axis = createForestAxis(requirePooled(evidence, 'aspects-point-mixed'), 0, 100);
    const [half, one, two] = [0.5, 1, 2].map((value) => axis.place(value).x);
    expect((one ?? 0) - (half ?? 0)).to.be.closeTo((two ?? 0) - (one ?? 0), 1e-9);
  });

  it('of rates reaches beyond every study and the prediction interval', () => {
    const axis = createForestAxis(pool, 0, 100);
    for (const { upper } of pool.rows) expect(axis.place(upper).isBeyond).to.equal(false);
    expect(axis.place(pool.result.predictionUpper).isBeyond).to.equal(false);
  });
});
