/**
 * One replica of test/integration/jobs-replicas.test.ts: takes analyses from a shared PostgreSQL (argument 1), writes
 * each result once (`recorded`) and notes every run (`run`), until it is killed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openJobFixture } from '../unit/jobs/job-fixture.ts';

const fixture = await openJobFixture({ connectionString: process.argv[2] ?? '' });
await fixture.startWorker({
  assess: async ({ key }, { signal }) => {
    // As the service does: what stands in the chart is not analysed again.
    const known = await fixture.database.query('SELECT 1 FROM recorded WHERE key = $1', [key]);
    if (known.rows.length > 0) return;
    await fixture.database.query('INSERT INTO run (key, pid) VALUES ($1, $2)', [key, process.pid]);
    await pause(5 + Math.random() * 20, undefined, { signal });
    await fixture.database.query('INSERT INTO recorded (key) VALUES ($1) ON CONFLICT DO NOTHING', [key]);
  },
});
process.send?.('working');
