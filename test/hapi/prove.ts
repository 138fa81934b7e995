/**
 * Proof against an independent server: starts HAPI FHIR (JPA, H2 in memory) from Maven Central on the loopback
 * interface and runs the scenario. Needs `mvn` and a JDK 17; the first run fetches about 350 MB.
 *
 *   node test/hapi/prove.ts                         starts HAPI
 *   node test/hapi/prove.ts http://127.0.0.1:8080/fhir   another empty FHIR R4 server that is already running
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { listChecks } from './scenario.ts';

const HERE = import.meta.dirname;

interface RunningServer {
  readonly url: string;
  readonly stop: () => void;
}

async function startHapi(): Promise<RunningServer> {
  const work = mkdtempSync(join(tmpdir(), 'hapi-'));
  const file = join(work, 'classpath');
  const args = ['-B', '-q', 'dependency:build-classpath', `-Dmdep.outputFile=${file}`];
  const maven = spawnSync('mvn', args, { cwd: HERE, stdio: 'inherit' });
  if (maven.status !== 0) throw new Error('mvn could not gather HAPI FHIR');
  const java = spawn('java', ['-Xmx1500m', '-cp', readFileSync(file, 'utf8').trim(), 'HapiServer.java'], {
    cwd: HERE,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(work, { recursive: true });
  for await (const line of createInterface({ input: java.stdout })) {
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (port !== undefined) {
      java.stdout.resume();
      return { url: `http://127.0.0.1:${port}/fhir`, stop: () => void java.kill() };
    }
  }
  throw new Error('HAPI FHIR ended before it listened');
}

const given = process.argv[2];
const server = given === undefined ? await startHapi() : { url: given, stop: () => undefined };
let [passed, failed] = [0, 0];
for (const { name, run } of listChecks(server.url)) {
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(
      `FAIL  ${name}\n      ${String(error)} ${JSON.stringify((error as { details?: unknown }).details ?? {})}`,
    );
  }
}
server.stop();
console.log(`${String(passed)} passed, ${String(failed)} failed`);
if (failed > 0) process.exitCode = 1;
