/** Markup out of strings: what is not made here is escaped, by construction. */
const MADE = Symbol('made here');

/** Text that may stand in a page as it is. */
export interface Html {
  readonly [MADE]: true;
  readonly markup: string;
}

type Part = Html | string | number | undefined | readonly Part[];

/** html`<p>${anything}</p>`: strings are escaped, lists joined, undefined left out. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return trust(fixed.reduce((made, text, index) => `${made}${write(parts[index - 1])}${text}`));
}

/** Only for markup this service made itself (the plots). */
export function trust(markup: string): Html {
  return { [MADE]: true, markup };
}

function write(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  if (MADE in part) return part.markup;
  return part.map(write).join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
