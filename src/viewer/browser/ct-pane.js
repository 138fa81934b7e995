/**
 * One picture of one slice: grey values through a window, a map above it, sides of the patient around it.
 * Radiological view: the patient's right is on the left.
 */
import { element } from './dom.js';
import { say } from './words.js';

const SIDES = ['right', 'left', 'front', 'back'];

export function createPane(volume, title) {
  const { rows, columns, pixelSpacingMm } = volume;
  const ct = element('canvas', { width: columns, height: rows, 'aria-hidden': 'true' });
  const overlay = element('canvas.overlay', { width: columns, height: rows, 'aria-hidden': 'true' });
  const context = ct.getContext('2d', { alpha: false });
  const overlayContext = overlay.getContext('2d');
  const image = new ImageData(columns, rows);
  const grey = new Uint32Array(image.data.buffer);
  const note = element('span.pane-note');
  const frame = element(
    'div.pane-frame',
    {},
    ct,
    overlay,
    ...SIDES.map((side) => element(`span.side.side-${side}`, { 'aria-hidden': 'true' }, say(`side.${side}`))),
    note,
  );
  frame.style.aspectRatio = `${columns * pixelSpacingMm[1]} / ${rows * pixelSpacingMm[0]}`;
  const node = element('figure.pane', {}, frame, element('figcaption', {}, title));

  return {
    node,
    /** @param {Int16Array | undefined} pixels undefined while the slice is on its way */
    drawSlice(pixels, window) {
      note.textContent = pixels ? '' : say('ct.slice-loading');
      if (!pixels) return;
      paintGrey(pixels, window, grey);
      context.putImageData(image, 0, 0);
    },
    /** @param heat canvas from heat.js or undefined; @param crop [top, left, side] in volume pixels */
    drawMap(heat, crop, opacity) {
      overlayContext.clearRect(0, 0, columns, rows);
      if (!heat) return;
      overlayContext.globalAlpha = opacity;
      overlayContext.imageSmoothingQuality = 'high';
      overlayContext.drawImage(heat, crop[1], crop[0], crop[2], crop[2]);
    },
  };
}

/**
 * HU through a window to opaque grey (little-endian ABGR). What lies beyond the table has the grey of its end: metal is
 * white, never black.
 */
export function paintGrey(pixels, window, grey) {
  const table = toGreyTable(window);
  for (let at = 0; at < pixels.length; at += 1) {
    grey[at] = table[Math.max(0, Math.min(4095, pixels[at] + 1024))];
  }
}

/** HU -1024 to 3071 -> opaque grey. */
const tables = new Map();
function toGreyTable({ levelHu, widthHu }) {
  const key = `${levelHu}/${widthHu}`;
  const known = tables.get(key);
  if (known) return known;
  const table = new Uint32Array(4096);
  for (let index = 0; index < 4096; index += 1) {
    const share = (index - 1024 - (levelHu - widthHu / 2)) / widthHu;
    const value = Math.round(255 * Math.max(0, Math.min(1, share)));
    table[index] = 0xff000000 | (value << 16) | (value << 8) | value;
  }
  tables.set(key, table);
  return table;
}
