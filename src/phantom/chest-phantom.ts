/**
 * A chest-like body, for the refusal of studies that are not heads: a wide soft-tissue oval with lungs, spine, ribs
 * and heart. It has to be unmistakable, not anatomical.
 */
import type { HeadPhantom, HeadPhantomOptions } from './head-phantom.ts';
import { scanGeometry } from './scan-geometry.ts';

/** HU at one point (LPS mm) of the chest. */
function chestHu(x: number, y: number, z: number): number {
  if (Math.hypot(x / 165, y / 105) > 1) return -1000;
  if (Math.hypot(x / 158, y / 98) > 1) return -100;
  if (Math.hypot(x / 17, (y - 72) / 15) < 1) return 250;
  const lung = Math.hypot((Math.abs(x) - 72) / 58, (y - 5) / 78);
  const heart = Math.hypot((x - 25) / 52, (y + 30) / 40);
  const rib = Math.abs(Math.sin((z + Math.abs(x) * 0.4) / 9)) < 0.35 && Math.hypot(x / 148, y / 90) > 0.97;
  if (rib && Math.hypot(x / 153, y / 94) < 1) return 450;
  return lung < 1 && heart > 1 ? -850 : 45;
}

export function createChestPhantom(options: HeadPhantomOptions): HeadPhantom {
  const geometry = scanGeometry({ ...options, fieldOfViewMm: 360, gantryTiltDeg: 0 });
  const { rows, columns, sliceCount, positionsMm, pixelSpacingMm } = geometry;
  const hu = new Int16Array(rows * columns * sliceCount);
  positionsMm.forEach(([x0, y0, z], k) => {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        hu[(k * rows + i) * columns + j] = chestHu(x0 + j * pixelSpacingMm, y0 + i * pixelSpacingMm, z);
  });
  return {
    ...geometry,
    hu,
    truth: {
      tissue: new Uint8Array(hu.length),
      lesions: new Uint8Array(hu.length),
      volumesMl: {},
      hemorrhagePresent: false,
      aspects: 10,
      midlineShiftMm: 0,
      ageYears: options.ageYears ?? 60,
    },
  };
}
