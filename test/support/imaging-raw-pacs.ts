/** A bare loopback server that answers whatever a test says, byte by byte, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResolvedEndpoint, PacsCredentials } from '../../src/imaging/dicomweb/pacs-endpoint.ts';
import { parseEndpoint } from '../../src/imaging/dicomweb/pacs-endpoint.ts';

export interface RawPacs {
  readonly url: string;
  readonly requests: IncomingMessage[];
  endpoint(credentials?: PacsCredentials): ResolvedEndpoint;
  close(): Promise<void>;
}

export async function createRawPacs(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<RawPacs> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/dicom-web`;
  return {
    url,
    requests,
    endpoint: (credentials = { kind: 'none' }) => parseEndpoint({ baseUrl: url, credentials, reach: 'loopback' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
