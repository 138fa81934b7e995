/**
 * One series in the words of the rules: read from its metadata, before any pixel moves. Texts are upper case, so
 * that the rules need not care; a fact that is not stated is empty (text) or undefined (number).
 */
import type { InstanceFacts } from '../decode/instance-facts.ts';
import { readOrientation } from '../volume/orientation.ts';
import { median } from '../volume/volume-plan.ts';

export interface SeriesFacts {
  readonly seriesInstanceUid: string;
  /** `not-asked`: metadata were not fetched, because another fact already excludes the series. */
  readonly availability: 'available' | 'missing' | 'not-asked';
  readonly modality: string;
  readonly sopClassUid: string;
  readonly imageType: string;
  /** Series description; the protocol name where there is none (a protocol often names several series at once). */
  readonly description: string;
  readonly bodyPart: string;
  readonly kernel: string;
  readonly contrastAgent: string;
  readonly sliceCount: number;
  readonly thicknessMm: number | undefined;
  /** Angle between slice normal and the long axis; undefined when the slices state no orientation. */
  readonly tiltDeg: number | undefined;
  readonly kvp: number | undefined;
  readonly bitsAllocated: number;
  readonly samplesPerPixel: number;
  /** Slices per distinct position: 1 for a stack, more for perfusion or a repeated scan. */
  readonly passes: number;
  readonly lengthMm: number | undefined;
}

/** @param listed what the chart or QIDO said, for a series whose metadata were never fetched. */
export function readSeriesFacts(
  listed: {
    readonly seriesInstanceUid: string;
    readonly modality: string;
    readonly description?: string;
    readonly count?: number;
  },
  instances: readonly InstanceFacts[],
  availability: SeriesFacts['availability'] = 'available',
): SeriesFacts {
  const first = instances[0];
  const frames = instances.flatMap((instance) => instance.frames);
  const orientation = readOrientation(frames[0]?.orientation ?? []);
  const thicknesses = frames.flatMap((frame) => frame.thicknessMm ?? []);
  const positions = orientation ? toPositions(frames, orientation.normal) : [];
  const distinct = new Set(positions.map((at) => Math.round(at * 10))).size;
  const texts = [first?.seriesDescription ?? listed.description ?? '', first?.protocolName ?? ''];
  return {
    seriesInstanceUid: listed.seriesInstanceUid,
    availability,
    modality: first?.modality ?? listed.modality,
    sopClassUid: first?.sopClassUid ?? '',
    imageType: commonImageType(instances),
    description: (texts.find((text) => text !== '') ?? '').toUpperCase(),
    bodyPart: (first?.bodyPart ?? '').toUpperCase(),
    kernel: (first?.kernel ?? '').toUpperCase(),
    contrastAgent:
      instances
        .map((instance) => instance.contrastAgent)
        .find((agent) => agent !== '')
        ?.toUpperCase() ?? '',
    sliceCount: frames.length > 0 ? frames.length : (listed.count ?? 0),
    thicknessMm: thicknesses.length > 0 ? median(thicknesses) : undefined,
    tiltDeg: orientation?.tiltDeg,
    kvp: first?.kvp,
    bitsAllocated: first?.bitsAllocated ?? 0,
    samplesPerPixel: first?.samplesPerPixel ?? 1,
    passes: distinct > 0 ? frames.length / distinct : 1,
    lengthMm: positions.length > 0 ? Math.max(...positions) - Math.min(...positions) : undefined,
  };
}

function toPositions(frames: InstanceFacts['frames'], normal: readonly [number, number, number]): readonly number[] {
  return frames.flatMap(({ position: [x, y, z] }) =>
    x === undefined || y === undefined || z === undefined ? [] : x * normal[0] + y * normal[1] + z * normal[2],
  );
}

/** Backslash-joined as in DICOM; any instance that is a localizer or derived makes the series so. */
function commonImageType(instances: readonly InstanceFacts[]): string {
  return [...new Set(instances.flatMap((instance) => instance.imageType))].join('\\').toUpperCase();
}
