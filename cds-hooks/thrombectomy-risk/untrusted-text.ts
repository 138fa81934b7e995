/**
 * Text that others wrote (order names, series descriptions) on its way into a card. EHRs render Markdown, HTML
 * inside Markdown, or neither: what could mean anything in any of them is made to mean itself.
 */

/** Controls, line breaks, zero-width characters and direction overrides: they only ever disguise something. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** Most texts are names and numbers: they pass without the long way below. */
const HARMLESS = /^[A-Za-z0-9 ,;()%/-]*$/;

/**
 * One line of GitHub-flavoured Markdown that shows `value` and nothing else: no markup, no HTML, no link, not even a
 * bare address that a renderer would make one. At most `limit` code points, then an ellipsis. Never put it at the
 * start of a line, where a dash is a list.
 */
export function escapeUntrusted(value: string, limit = 80): string {
  if (value.length <= limit && HARMLESS.test(value) && !value.includes('  ')) return value.trim();
  const plain = value.replaceAll(INVISIBLE, ' ').replaceAll(/\s+/g, ' ').trim();
  const points = Array.from(plain);
  const short = points.length > limit ? `${points.slice(0, limit - 1).join('')}…` : plain;
  return short
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]#+!|~$^@]/g, '\\$&')
    .replaceAll(/[.:](?=\p{L})/gu, '\\$&')
    .replaceAll('://', '\\://');
}
