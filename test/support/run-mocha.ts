/**
 * Runs the test suite: every test/**\/*.test.ts, or the paths and --grep given on the command line.
 * Ends with one plain line, `N passed, N failed, N skipped`, and the reason of every skip.
 */
import { globSync } from 'node:fs';
import Mocha from 'mocha';
import { findSkipReason } from './skip.ts';

const words = process.argv.slice(2);
const grepAt = words.indexOf('--grep');
const grep = grepAt < 0 ? undefined : words[grepAt + 1];
const named = words.filter((word, index) => grepAt < 0 || (index !== grepAt && index !== grepAt + 1));
const files = named.length > 0 ? named.flatMap((name) => globSync(name)) : globSync('test/**/*.test.ts');

const mocha = new Mocha({ timeout: 20_000, reporter: 'spec', ...(grep === undefined ? {} : { grep }) });
for (const file of files.sort()) mocha.addFile(file);
await mocha.loadFilesAsync();

let [passed, failed, skipped] = [0, 0, 0];
const skips = new Map<string, number>();
const runner = mocha.run(() => {
  for (const [reason, count] of skips) console.log(`skipped: ${reason} (${String(count)})`);
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
  setTimeout(() => {
    console.error('The tests ended but something they started is still running.');
    process.exit(1);
  }, 15_000).unref();
});
runner.on('pass', () => (passed += 1));
runner.on('fail', () => (failed += 1));
runner.on('pending', (test) => {
  skipped += 1;
  const reason = findSkipReason(test) ?? 'no reason given';
  skips.set(reason, (skips.get(reason) ?? 0) + 1);
});
