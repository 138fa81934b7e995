/**
 * A small RGB picture with rectangles and text. The letters are a bitmap font in a data file (X11 misc-fixed 8x13, public
 * domain): no native canvas, no font files on the machine, the same pixels everywhere (ADR 0131).
 */
import font from './font-8x13.json' with { type: 'json' };

export type Rgb = readonly [red: number, green: number, blue: number];

export const LINE_HEIGHT_PX = font.height + 3;
export const GLYPH_WIDTH_PX = font.width;

export interface TextStyle {
  readonly color: Rgb;
  readonly bold?: boolean;
}

export class Canvas {
  readonly columns: number;
  readonly rows: number;
  /** Red, green, blue per pixel, row by row. */
  readonly pixels: Uint8Array<ArrayBuffer>;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.pixels = new Uint8Array(columns * rows * 3);
  }

  /** Outside of the picture nothing happens. */
  setPixel(x: number, y: number, [red, green, blue]: Rgb): void {
    if (x < 0 || y < 0 || x >= this.columns || y >= this.rows) return;
    const at = (y * this.columns + x) * 3;
    this.pixels[at] = red;
    this.pixels[at + 1] = green;
    this.pixels[at + 2] = blue;
  }

  fill(left: number, top: number, width: number, height: number, color: Rgb): void {
    for (let y = top; y < top + height; y += 1) for (let x = left; x < left + width; x += 1) this.setPixel(x, y, color);
  }

  /** One line; what the font has no letter for is drawn as a question mark. @returns the column behind it */
  write(line: string, left: number, top: number, { color, bold = false }: TextStyle): number {
    let x = left;
    for (const character of line) {
      this.#drawGlyph(character, x, top, color, bold);
      x += font.width;
    }
    return x;
  }

  #drawGlyph(character: string, left: number, top: number, color: Rgb, bold: boolean): void {
    const glyphs = bold ? font.bold : font.regular;
    const glyph =
      glyphs[(character.codePointAt(0) ?? 0) - font.firstCode] ?? glyphs['?'.charCodeAt(0) - font.firstCode];
    if (glyph === undefined) return;
    for (let row = 0; row < font.height; row += 1) {
      const bits = Number.parseInt(glyph.slice(2 * row, 2 * row + 2), 16);
      for (let column = 0; column < font.width; column += 1) {
        if ((bits & (0x80 >> column)) !== 0) this.setPixel(left + column, top + row, color);
      }
    }
  }
}

/** Words into lines of at most `width` letters; a longer word stands alone and is cut by the picture's edge. */
export function wrapText(words: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
