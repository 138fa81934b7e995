/**
 * A minimal CT file (explicit VR little endian), written element by element, so that archive tests depend on
 * no other room. Pixels are a ramp: value = column.
 */
export interface DicomFileFacts {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly patientId?: string;
  readonly description?: string;
  readonly instanceNumber?: number;
  readonly heightMm?: number;
  readonly side?: number;
  readonly modality?: string;
}

const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

export function writeDicomFile(facts: DicomFileFacts): Uint8Array {
  const side = facts.side ?? 8;
  const pixels = new Int16Array(side * side).map((_value, at) => at % side);
  const meta = Buffer.concat([
    text(0x0002, 0x0002, 'UI', CT_IMAGE),
    text(0x0002, 0x0003, 'UI', facts.instance),
    text(0x0002, 0x0010, 'UI', EXPLICIT_LITTLE_ENDIAN),
  ]);
  const dataset = Buffer.concat([
    text(0x0008, 0x0008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    text(0x0008, 0x0016, 'UI', CT_IMAGE),
    text(0x0008, 0x0018, 'UI', facts.instance),
    text(0x0008, 0x0020, 'DA', '20261123'),
    text(0x0008, 0x0030, 'TM', '081500'),
    text(0x0008, 0x0060, 'CS', facts.modality ?? 'CT'),
    text(0x0008, 0x1030, 'LO', 'Head'),
    text(0x0008, 0x103e, 'LO', facts.description ?? 'Axial 5 mm soft'),
    text(0x0010, 0x0010, 'PN', 'Test^Archive'),
    text(0x0010, 0x0020, 'LO', facts.patientId ?? 'P1'),
    text(0x0020, 0x000d, 'UI', facts.study),
    text(0x0020, 0x000e, 'UI', facts.series),
    text(0x0020, 0x0013, 'IS', String(facts.instanceNumber ?? 1)),
    text(0x0020, 0x0032, 'DS', `0\\0\\${String(facts.heightMm ?? 0)}`),
    word(0x0028, 0x0010, side),
    word(0x0028, 0x0011, side),
    word(0x0028, 0x0100, 16),
    word(0x0028, 0x0101, 16),
    word(0x0028, 0x0102, 15),
    word(0x0028, 0x0103, 1),
    long(0x7fe0, 0x0010, 'OW', Buffer.from(pixels.buffer)),
  ]);
  const group = Buffer.alloc(12);
  group.writeUInt16LE(0x0002, 0);
  group.write('UL', 4, 'latin1');
  group.writeUInt16LE(4, 6);
  group.writeUInt32LE(meta.length, 8);
  return new Uint8Array(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), group, meta, dataset]));
}

function text(group: number, element: number, vr: string, value: string): Buffer {
  const padded = value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`;
  return short(group, element, vr, Buffer.from(padded, 'latin1'));
}

function word(group: number, element: number, value: number): Buffer {
  const data = Buffer.alloc(2);
  data.writeUInt16LE(value);
  return short(group, element, 'US', data);
}

function short(group: number, element: number, vr: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(data.length, 6);
  return Buffer.concat([head, data]);
}

function long(group: number, element: number, vr: string, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt32LE(data.length, 8);
  return Buffer.concat([head, data]);
}
