/**
 * The three questions this service answers. They are never mixed: different data can train them, and a
 * clinician does different things with each. Source: docs/intended-use.md.
 */
export const TARGETS = ['ich-present', 'ich-after-evt', 'poor-collaterals'] as const;

/**
 * - `ich-present`: hemorrhage is visible on this preoperative CT (a stop gate).
 * - `ich-after-evt`: any intracranial hemorrhage within 24-36 h after thrombectomy (a forecast).
 * - `poor-collaterals`: Tan 0-1 / filling <= 50 % on CTA, predicted from the non-contrast CT (experimental).
 */
export type Target = (typeof TARGETS)[number];

export function isTarget(value: unknown): value is Target {
  return TARGETS.some((target) => target === value);
}
