/** How much of a fault test runs: small by default, for `npm test`; `npm run test:faults` sets the full numbers. */
export function readNumber(name: string, short: number): number {
  const text = process.env[name];
  const value = text === undefined ? short : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} is no whole number above 0`);
  return value;
}
