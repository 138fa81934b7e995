import { expect } from 'chai';
import type { Estimate } from '../../../../src/assessment/domain/finding.ts';
import { createActivation, toOpacity } from '../../../../src/imaging/results/activation.ts';
import { Canvas, wrapText } from '../../../../src/imaging/results/canvas.ts';
import { drawCapture } from '../../../../src/imaging/results/capture-picture.ts';
import { makeLoadedCt, STUDY } from '../../../support/assessment-parts.ts';
import { makeResult, POSITIVE } from '../../../support/result-scene.ts';

const WHITE = { color: [255, 255, 255] } as const;

function lettersOf(canvas: Canvas): string[] {
  return Array.from({ length: canvas.rows }, (_, y) =>
    Array.from({ length: canvas.columns }, (_unused, x) =>
      canvas.pixels[(y * canvas.columns + x) * 3] ? '#' : '.',
    ).join(''),
  );
}

function colorAt(canvas: Canvas, x: number, y: number): number[] {
  return [...canvas.pixels.subarray((y * canvas.columns + x) * 3, (y * canvas.columns + x) * 3 + 3)];
}

describe('imaging/results/capture-picture', () => {
  const { volume } = makeLoadedCt();
  const { ensemble } = makeResult(STUDY, makeLoadedCt());
  const draw = (value: number, hu = 40) => {
    const activation = new Float32Array(volume.rows * volume.columns).fill(value);
    const filled = { ...volume, hu: new Int16Array(new SharedArrayBuffer(volume.hu.byteLength)).fill(hu) };
    return drawCapture({ volume: filled, sliceIndex: 3, finding: POSITIVE as Estimate, ensemble, activation });
  };
  const [paneX, paneY] = [300, 100];

  it('draws letters of the font', () => {
    const canvas = new Canvas(8, 13);
    canvas.write('L', 0, 0, WHITE);
    expect(lettersOf(canvas).slice(2, 11)).to.deep.equal([...Array<string>(8).fill('.#......'), '.######.']);
  });

  it('draws a question mark for what the font has not, and nothing outside of itself', () => {
    const [unknown, mark] = ['é', '?'].map((letter) => {
      const canvas = new Canvas(8, 13);
      expect(canvas.write(letter, 0, 0, WHITE)).to.equal(8);
      canvas.write('outside', 100, -50, WHITE);
      return lettersOf(canvas);
    });
    expect(unknown).to.deep.equal(mark);
  });

  it('wraps words', () => {
    expect(wrapText('one two three four', 9)).to.deep.equal(['one two', 'three', 'four']);
  });

  it('shows the CT in the brain window where the networks did not look', () => {
    expect(colorAt(draw(0), paneX, paneY)).to.deep.equal([128, 128, 128]);
    expect(colorAt(draw(0, -1000), paneX, paneY)).to.deep.equal([0, 0, 0]);
    expect(colorAt(draw(0, 1000), paneX, paneY)).to.deep.equal([255, 255, 255]);
  });

  it('lays color over it where they did, and never hides it', () => {
    const [dark, bright] = [20, 60].map((hu) => colorAt(draw(1, hu), paneX, paneY));
    expect(dark![0]).to.be.greaterThan(dark![1]!);
    expect(bright![1]! - dark![1]!, 'the CT shows through').to.be.greaterThan(50);
    expect(toOpacity(1)).to.be.at.most(0.5);
    expect(toOpacity(0.1)).to.equal(0);
  });

  it('puts all words around the CT, none on it but the side', () => {
    const canvas = draw(0, -1000);
    const rows = lettersOf(canvas);
    expect(rows.slice(0, 24).join('')).to.include('#');
    const pane = rows.slice(24, 24 + 512).map((row) => row.slice(16));
    expect(pane.join('')).not.to.include('#');
    expect(canvas.columns).to.equal(512);
    expect(canvas.rows).to.be.greaterThan(600);
  });

  it('averages the maps of the networks over the square each one saw', () => {
    const network = (name: string, cell: number, left: number) => ({
      network: name,
      sliceIndexes: [3],
      logits: [[0, 0, 0]],
      cams: [[[cell], [0], [0]]],
      camSize: [1, 1] as const,
      crop: [0, left, 2] as const,
    });
    const evidence = { key: 'k', networks: [network('a', 1, 0), network('b', 0.5, 1)] };
    const size = { rows: 4, columns: 4 };
    const plane = createActivation(evidence, 'ich-present', 3, size);
    const row = [0.5, 0.75, 0.25, 0];
    expect([...plane]).to.deep.equal([...row, ...row, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...createActivation(evidence, 'ich-present', 4, size)].every((value) => value === 0)).to.equal(true);
  });
});
