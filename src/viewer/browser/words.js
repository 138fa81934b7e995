/**
 * The page's words, numbers and percent in its own language. The words come with the page as a data block; nothing a
 * person reads stands in the code.
 */

let given;

/** @param {{ language: string, locale: string, page: Record<string, string> }} words */
export function useWords(words) {
  given = words;
}

/** From the data block of this page, when the first word is said. */
function words() {
  given ??= JSON.parse(document.getElementById('words').textContent);
  return given;
}

/** say('ct.readout', { slice: 3, count: 30 }); a text or slot that is missing is a fault. */
export function say(name, slots = {}) {
  const text = words().page[name];
  if (text === undefined) throw new Error(`No text "${name}"`);
  return text.replace(/\{([\w-]+)\}/g, (_, slot) => {
    if (slots[slot] === undefined) throw new Error(`Text "${name}" has no ${slot}`);
    return String(slots[slot]);
  });
}

/** say() for names that come from data: its own name where there is no text for it. */
export function sayCode(prefix, code) {
  return words().page[`${prefix}.${code}`] ?? code.replaceAll('-', ' ');
}

/** What the data says in every language. */
export function pick(localized) {
  return localized[words().language];
}

export function locale() {
  return words().locale;
}

/** @param {number} [decimals] exactly as many; without, at most one */
export function sayNumber(value, decimals) {
  const digits =
    decimals === undefined
      ? { maximumFractionDigits: 1 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString(words().locale, digits);
}

/** "61%"; below 1 and above 99 calibration knows no better. */
export function sayPercent(percent) {
  if (percent < 1) return say('percent.low');
  if (percent > 99) return say('percent.high');
  return say('percent', { value: sayNumber(percent, 0) });
}

export function sayRange(low, high) {
  return say('percent.range', { low: sayPercent(low), high: sayPercent(high) });
}
