/**
 * Activation maps as pictures. A map is small (8x8 cells) and is stretched smoothly over the square the network
 * saw: it says where a network looked, not where a lesion ends.
 */

const GRID = 64;

/** Bilinear upsampling of a cell grid to GRID x GRID, cell centres aligned. */
export function stretchMap(cells, [rows, columns]) {
  const grid = new Float32Array(GRID * GRID);
  for (let y = 0; y < GRID; y += 1) {
    const row = clamp(((y + 0.5) * rows) / GRID - 0.5, rows - 1);
    for (let x = 0; x < GRID; x += 1) {
      const column = clamp(((x + 0.5) * columns) / GRID - 0.5, columns - 1);
      const [top, left] = [Math.floor(row), Math.floor(column)];
      const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
      const [dy, dx] = [row - top, column - left];
      const upper = cells[top * columns + left] * (1 - dx) + cells[top * columns + right] * dx;
      const lower = cells[bottom * columns + left] * (1 - dx) + cells[bottom * columns + right] * dx;
      grid[y * GRID + x] = upper * (1 - dy) + lower * dy;
    }
  }
  return grid;
}

function clamp(value, largest) {
  return Math.max(0, Math.min(largest, value));
}

/** Yellow to red; weak activation stays clear. */
export function paintHeat(grid) {
  return paint(grid, (value) => [255, Math.round(210 - 180 * value), 30, Math.round(255 * Math.max(0, value - 0.08))]);
}

/** First network stronger: blue; second stronger: orange. */
export function paintDifference(first, second) {
  const grid = first.map((value, at) => value - second[at]);
  return paint(grid, (value) => {
    const alpha = Math.round(255 * Math.max(0, Math.min(1, Math.abs(value)) - 0.06));
    return value > 0 ? [56, 150, 255, alpha] : [255, 140, 20, alpha];
  });
}

function paint(grid, toColour) {
  const canvas = new OffscreenCanvas(GRID, GRID);
  const image = new ImageData(GRID, GRID);
  grid.forEach((value, at) => image.data.set(toColour(value), 4 * at));
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}
