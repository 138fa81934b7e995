/** Figures for a person: a Markdown table that can go into docs/reliability.md as it is. */
export function printTable(title: string, rows: readonly (readonly [what: string, figure: string])[]): void {
  console.log(`\n${title}\n\n| what | figure |\n|---|---|`);
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
}

/** Median, 95th percentile and maximum. */
export function summarise(values: readonly number[]): string {
  const show = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0));
  const [p50, p95, most] = [quantile(values, 0.5), quantile(values, 0.95), Math.max(...values)];
  return `p50 ${show(p50)}, p95 ${show(p95)}, max ${show(most)}`;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
