/**
 * A replica that takes jobs and never finishes them, until it is killed: argument 1 is a database address as JSON.
 * Says 'running' when it holds one.
 */
import { openJobFixture } from './job-fixture.ts';

const fixture = await openJobFixture(JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof openJobFixture>[0]);
await fixture.startWorker({
  assess: () => {
    process.send?.('running');
    return new Promise(() => undefined);
  },
});
await fixture.queue.request({ key: 'killed', imagingStudyId: 'study-killed', urgency: 'arrival' });
