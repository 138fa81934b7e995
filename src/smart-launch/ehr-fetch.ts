/** How an EHR's endpoints are asked: no redirect, a deadline, and no more than a small answer. */
const TIMEOUT_MS = 5_000;
const LARGEST_ANSWER = 256 * 1024;

/** As fetch; throws TypeError for an answer that is too large, TimeoutError for one that is too late. */
export async function fetchFromEhr(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > LARGEST_ANSWER) throw new TypeError('The answer of the EHR is too large');
    chunks.push(chunk);
  }
  const hasBody = ![101, 204, 205, 304].includes(response.status);
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status: response.status, headers: response.headers });
}
