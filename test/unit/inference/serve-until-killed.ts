/** A service with a warm engine, until it is killed: says the id of its inference process. */
import { openSmallEngine } from './engine-fixture.ts';

const engine = await openSmallEngine();
await engine.whenReady();
process.send?.(engine.processId());
