/** Predicted against observed for one question; nothing where no group of patients stands behind it. */
import type { Target } from '../../assessment/domain/target.ts';
import { UNPLACED_REASONS, type Agreement, type Outcomes, type TooFew } from '../report/site-report.ts';
import type { Proportion } from '../statistics/proportion.ts';
import { html, table, type Markup } from './html.ts';
import { plotCalibration } from './plot-calibration.ts';
import type { Words } from './words.ts';

export function renderOutcomes(target: Target, outcomes: Outcomes, words: Words): Markup {
  const { outcomes: texts, questions, unplaced } = words.texts;
  const { paired, withEstimate, agreement } = outcomes;
  const left = UNPLACED_REASONS.filter((reason) => outcomes.unplaced[reason] > 0);
  return html`<h3>${texts.title}</h3>
    <p>${questions[target]}</p>
    ${
      paired === undefined || withEstimate === undefined
        ? undefined
        : html`<p>${words.fill(texts.coverage, { paired, estimates: withEstimate })}</p>`
    }
    ${
      agreement.kind === 'too-few'
        ? html`<p>${words.fill(texts.few, { needed: agreement.needed })}</p>`
        : renderAgreement(target, agreement, words)
    }
    ${
      left.length === 0
        ? undefined
        : table(
            texts.unplaced,
            [texts.reason, texts.entries],
            left.map((reason) => [unplaced[reason], words.count(outcomes.unplaced[reason])]),
          )
    }`;
}

function renderAgreement(target: Target, agreement: Agreement, words: Words): Markup {
  const { outcomes: texts } = words.texts;
  const { calibration, sensitivity, specificity } = agreement;
  const { observed } = calibration;
  return html`${plotCalibration(target, calibration, words)}
    <ul>
      <li>
        ${words.fill(texts.overall, {
          patients: observed.total,
          predicted: words.percent(calibration.predicted),
          ...sayShare(observed, words),
          observed: words.percent(observed.share),
        })}
      </li>
      <li>${words.fill(texts.brier, { brier: words.decimal(calibration.brier, 3) })}</li>
      <li>${sayRanking(agreement.ranking, words)}</li>
      <li>${saySide('sensitivity', sensitivity, words)}</li>
      <li>${saySide('specificity', specificity, words)}</li>
    </ul>`;
}

function sayRanking(ranking: Agreement['ranking'], words: Words): string {
  const { outcomes: texts } = words.texts;
  if ('kind' in ranking) return words.fill(texts.aucTooFew, { needed: ranking.needed });
  const { auc, interval, positives, negatives } = ranking;
  return words.fill(interval ? texts.auc : texts.aucNoInterval, {
    ...{ auc: words.decimal(auc, 2), positives, negatives },
    ...(interval && { lower: words.decimal(interval.lower, 2), upper: words.decimal(interval.upper, 2) }),
  });
}

function saySide(side: 'sensitivity' | 'specificity', share: Proportion | TooFew, words: Words): string {
  const { outcomes: texts } = words.texts;
  if ('kind' in share) return words.fill(texts[`${side}TooFew`], { needed: share.needed });
  return words.fill(texts[side], { total: share.total, ...sayShare(share, words) });
}

function sayShare({ share, lower, upper }: Proportion, words: Words) {
  return { share: words.percent(share), lower: words.percent(lower), upper: words.percent(upper) };
}
