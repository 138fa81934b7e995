/**
 * The boundaries of docs/architecture.md, by dependency-cruiser. A cruiser that read nothing exits green, so the
 * number of modules is checked too.
 */
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { forbidden, options } from './boundary-rules.ts';

const MINIMUM_MODULES = 50;
const result = await cruise(['src', 'cds-hooks', 'evidence'], {
  ...options,
  ruleSet: { forbidden: forbidden },
  validate: true,
});
if (typeof result.output === 'string') throw new Error('dependency-cruiser gave text, not a result');
const output: ICruiseResult = result.output;
const own = output.modules.filter((module) => /^(src|cds-hooks|evidence)\//.test(module.source)).length;

for (const violation of output.summary.violations) {
  console.error(`${violation.rule.name}: ${violation.from} -> ${violation.to}`);
}
console.log(`boundaries: ${String(own)} modules read, ${String(output.summary.violations.length)} violations`);
if (own <= MINIMUM_MODULES)
  console.error(`fewer than ${String(MINIMUM_MODULES)} modules read: the check itself is broken`);
if (output.summary.violations.length > 0 || own <= MINIMUM_MODULES) process.exitCode = 1;
