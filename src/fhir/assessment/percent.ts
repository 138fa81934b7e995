/**
 * Probabilities are 0-1 in this service and percent (0-100) in RiskAssessment.probabilityDecimal and its kin
 * (FHIR R4 RiskAssessment, invariant ras-2). Ten decimals survive the way there and back.
 */
const DECIMALS = 10;

export function toPercent(probability: number): number {
  return Number((probability * 100).toFixed(DECIMALS));
}

export function fromPercent(percent: number): number {
  return Number((percent / 100).toFixed(DECIMALS + 2));
}

/** For sentences: "41.2 %". */
export function sayPercent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}
