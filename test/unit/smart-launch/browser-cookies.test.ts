import { expect } from 'chai';
import express, { type Request } from 'express';
import { createBrowserCookies } from '../../../src/smart-launch/browser-cookies.ts';

/** The Set-Cookie line that a browser would get. */
async function setCookie(publicUrl: string, isFramed: boolean): Promise<string> {
  const cookies = createBrowserCookies({ publicUrl, isFramed });
  const app = express().get('/', (_request, response) => {
    cookies.set(response, 'evidence-x', 'secret', 60_000);
    response.end();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const response = await fetch(`http://127.0.0.1:${String((server.address() as { port: number }).port)}`);
  server.close();
  return response.headers.getSetCookie()[0] ?? '';
}

describe('cookies of a launch', () => {
  it('are out of reach of scripts and die with the session', async () => {
    const line = await setCookie('https://cds.example', false);
    expect(line).to.match(/^__Host-evidence-x=secret; Max-Age=60; Path=\/;/);
    expect(line).to.contain('HttpOnly').and.contain('Secure').and.contain('SameSite=Lax').and.not.contain('Domain');
  });

  it('reach a page inside an EHR of another site, and no other site', async () => {
    const line = await setCookie('https://cds.example', true);
    expect(line).to.contain('SameSite=None').and.contain('Secure').and.contain('Partitioned');
  });

  it('work on loopback without TLS', async () => {
    const line = await setCookie('http://127.0.0.1:1', true);
    expect(line)
      .to.match(/^evidence-x=/)
      .and.contain('SameSite=Lax')
      .and.not.contain('Secure');
  });

  it('are read by their whole name', () => {
    const cookies = createBrowserCookies({ publicUrl: 'https://cds.example', isFramed: false });
    const request = (cookie?: string): Pick<Request, 'headers'> => ({
      headers: cookie === undefined ? {} : { cookie },
    });
    expect(cookies.read(request('a=1; __Host-evidence-x=s; b=2'), 'evidence-x')).to.equal('s');
    for (const other of [undefined, 'evidence-x=s', '__Host-evidence-xx=s', '__Host-evidence-x']) {
      expect(cookies.read(request(other), 'evidence-x'), other).to.equal(undefined);
    }
  });
});
