/**
 * Builds elements from plain descriptions. Text only ever becomes text: nothing in this page turns a string into
 * markup except card detail, which the server renders with HTML off.
 */

/**
 * element('button.primary', { type: 'submit', onclick }, 'Sign', other)
 * @param {string} name tag, optionally with classes
 * @param {Record<string, unknown>} [properties] attributes; functions become listeners, undefined is left out
 * @param {...(Node | string | undefined | false)} children
 */
export function element(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag);
  if (classes.length > 0) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== undefined && child !== false && child !== ''));
  return node;
}

/** What the analysis or a model's contract wrote, as it wrote it: English, and marked so for screen readers. */
export function english(text) {
  return element('span', { lang: 'en' }, text);
}

/** A 24x24 line icon out of path data. */
export function icon(pathData) {
  const stroke = { 'stroke-width': '2.2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return svgElement(
    'svg',
    { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'aria-hidden': 'true', ...stroke },
    svgElement('path', { d: pathData }),
  );
}

/** svgElement('line', { x1: 0 }, ...children); undefined attributes are left out. */
export function svgElement(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, String(value));
  }
  node.append(...children.filter((child) => child !== undefined && child !== false));
  return node;
}
