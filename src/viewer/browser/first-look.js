/**
 * What somebody waits for first, asked for as soon as this file is here and while the page's other files are still on
 * their way: the result, then the CT and the slice the page opens on.
 */
import { evidenceServer } from './evidence-server.js';

/**
 * @returns {Promise<{ result: object, volume?: Promise<object>, firstSlice?: Promise<Uint8Array> }>} the latter two once
 *   there is a result; rejects when the server refuses
 */
export async function lookUp() {
  const result = await evidenceServer.readResult();
  if (result.kind !== 'ready') return { result };
  return {
    result,
    volume: heardLater(evidenceServer.readVolume()),
    firstSlice: heardLater(evidenceServer.readSlice('first')),
  };
}

/** Whoever waits for it hears of a failure; until somebody does, it is not one that nobody hears of. */
function heardLater(promise) {
  promise.catch(() => undefined);
  return promise;
}

export const firstLook = heardLater(lookUp());
