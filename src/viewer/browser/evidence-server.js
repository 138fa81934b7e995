/** The evidence page's own server: every address carries the signature or session this page was opened with. */
import { say } from './words.js';

const base = location.pathname.replace(/\/$/, '');

async function ask(path) {
  const response = await fetch(`${base}${path}${location.search}`);
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new Error(body.message ?? say('problem.http', { status: response.status }));
  }
  return response;
}

export const evidenceServer = {
  readResult: async () => (await ask('/result')).json(),
  readContext: async () => (await ask('/context')).json(),
  readVolume: async () => (await ask('/volume')).json(),
  readMaps: async (target) => (await ask(`/maps/${target}`)).json(),
  readModels: async () => (await ask('/models')).json(),
  plotAddress: (name) => `${base}/plots/${name}${location.search}`,
  /** Bytes as encode-slice.ts made them; the browser has undone gzip already. @param index or 'first' */
  readSlice: async (index) => new Uint8Array(await (await ask(`/slices/${index}`)).arrayBuffer()),
};
