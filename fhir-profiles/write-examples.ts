/** Writes examples/; a test fails when they are not what the code makes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExamples, toExampleText } from './make-examples.ts';

const folder = join(import.meta.dirname, 'examples');
mkdirSync(folder, { recursive: true });
for (const [name, resource] of makeExamples()) writeFileSync(join(folder, name), toExampleText(resource));
