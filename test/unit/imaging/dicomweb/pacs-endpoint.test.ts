import { expect } from 'chai';
import { parseEndpoint, resolveEndpoint, type PacsEndpoint } from '../../../../src/imaging/dicomweb/pacs-endpoint.ts';

const open = (baseUrl: string, more: Partial<PacsEndpoint> = {}): PacsEndpoint => ({
  baseUrl,
  reach: 'private',
  credentials: { kind: 'none' },
  ...more,
});
const allowed = [open('https://pacs.example/dicom-web/'), open('https://vna.example:8443/rs')].map((one) =>
  parseEndpoint(one),
);

describe('imaging/dicomweb/pacs-endpoint', () => {
  it('uses the first endpoint where the chart names none', () => {
    expect(resolveEndpoint(undefined, allowed).base.href).to.equal('https://pacs.example/dicom-web');
  });

  for (const address of [
    'https://pacs.example/dicom-web',
    'https://pacs.example/dicom-web/aets/A/rs',
    'https://vna.example:8443/rs/',
  ]) {
    it(`follows the chart to ${address}`, () => {
      expect(resolveEndpoint(address, allowed).base.href).to.equal(address.replace(/\/$/, ''));
    });
  }

  it('follows the chart anywhere on an endpoint that is a whole origin', () => {
    const origin = [parseEndpoint(open('https://other.example'))];
    expect(resolveEndpoint('https://other.example/dicom-web', origin).base.pathname).to.equal('/dicom-web');
    expect(() => resolveEndpoint('https://other.example.evil/dicom-web', origin)).to.throw();
  });

  const FOREIGN = [
    'https://evil.example/dicom-web',
    'http://pacs.example/dicom-web',
    'https://pacs.example:444/dicom-web',
    'https://pacs.example/dicom-webs',
    'https://pacs.example/dicom-web/../admin',
    'https://pacs.example/dicom-web/%2e%2e/admin',
    'https://pacs.example/dicom-web/..%2fadmin',
    'https://user:secret@pacs.example/dicom-web',
    'https://pacs.example/dicom-web?x=1',
    'https://pacs.example@evil.example/dicom-web',
    'file:///etc/passwd',
    'gopher://pacs.example/dicom-web',
    'not a url',
    '',
  ];
  for (const address of FOREIGN) {
    it(`refuses ${address === '' ? 'an empty address' : address}`, () => {
      expect(() => resolveEndpoint(address, allowed))
        .to.throw()
        .with.property('code', 'pacs-not-allowed');
    });
  }

  it('refuses credentials over plain http at start-up', () => {
    const credentials = { kind: 'basic', username: 'a', password: 'b' } as const;
    expect(() => parseEndpoint(open('http://pacs.example/rs', { credentials }))).to.throw('need https');
  });

  it('refuses a base URL with a secret in it', () => {
    expect(() => parseEndpoint(open('https://a:b@pacs.example/rs')))
      .to.throw()
      .with.property('code', 'config-invalid');
  });
});
