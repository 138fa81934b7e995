/**
 * `npm run models:verify [ensemble.json …]`: does what stands under models/ keep its promises on this machine?
 * Schema and contradictions, SHA-256, that ONNX Runtime loads it, shapes and numbers of its outputs, and the golden
 * vectors through the service's own recipe and engine. Default: every version and every ensemble found. Exits 1 at
 * the first problem of a network and goes on with the others.
 */
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { checkGolden } from '../src/inference/golden-check.ts';
import { loadEnsemble } from '../src/inference/load-ensemble.ts';
import { createOnnxEngine } from '../src/inference/onnx-engine.ts';
import { makeNetworkInput } from '../src/imaging/tensor/make-network-input.ts';

const modelsDir = import.meta.dirname;
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

async function verify(ensembleFile: string, title: string): Promise<boolean> {
  try {
    const { models } = await loadEnsemble({ modelsDir, ensembleFile });
    const engine = await createOnnxEngine({
      modelsDir,
      ensembleFile,
      threads: 2,
      logger: pino({ level: 'silent' }),
      environment: process.env,
    });
    try {
      await engine.whenReady();
      for (const model of models) {
        const { network, version, digest } = model.contract;
        print(`ok      ${network} ${version}  schema, sha256 ${digest.slice(0, 12)}…, loads, shapes`);
        for (const deviation of await checkGolden(model, engine, makeNetworkInput)) {
          const { tensor, logits, camShare } = deviation;
          const figures = [tensor, logits, camShare].map((value) => value.toExponential(1));
          print(
            `        golden ${deviation.case}: largest difference tensor ${figures[0]}, logits ${figures[1]}, map ${figures[2]}`,
          );
        }
      }
    } finally {
      await engine.close();
    }
    return true;
  } catch (error) {
    print(`WRONG   ${title}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** One ensemble per version found, so that networks outside models/ensemble.json are verified too. */
async function verifyAll(): Promise<boolean[]> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-'));
  const outcomes: boolean[] = [];
  for (const found of globSync('*/*/contract.json', { cwd: modelsDir }).sort()) {
    const [network = '', version = ''] = found.split('/');
    const file = join(folder, `${network}-${version}.json`);
    const combination = { rule: 'mean-logit', maximumDisagreement: 1 };
    await writeFile(file, JSON.stringify({ id: network, version, networks: [{ network, version }], combination }));
    outcomes.push(await verify(file, `${network} ${version}`));
  }
  await rm(folder, { recursive: true, force: true });
  for (const name of globSync('ensemble*.json', { cwd: modelsDir }).sort()) {
    const loaded = await loadEnsemble({ modelsDir, ensembleFile: join(modelsDir, name) }).catch(() => undefined);
    print(loaded ? `ok      ${name}  digest ${loaded.ensemble.digest.slice(0, 12)}…` : `WRONG   ${name}`);
    outcomes.push(loaded !== undefined);
  }
  return outcomes;
}

const named = process.argv.slice(2);
const outcomes = named.length === 0 ? await verifyAll() : [];
for (const file of named) outcomes.push(await verify(file, file));
const wrong = outcomes.filter((isRight) => !isRight).length;
print(`${outcomes.length - wrong} passed, ${wrong} failed`);
if (wrong > 0) process.exitCode = 1;
