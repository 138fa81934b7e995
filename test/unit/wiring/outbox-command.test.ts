import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { CHART_WRITE_QUEUE } from '../../../src/jobs/job-queues.ts';
import { createOutbox } from '../../../src/jobs/outbox.ts';
import { runOutboxCommand } from '../../../src/wiring/outbox-command.ts';
import { openJobFixture } from '../jobs/job-fixture.ts';

const logger = pino({ level: 'silent' });
const URLS = { FHIR_BASE_URL: 'http://127.0.0.1:9/fhir', PACS_BASE_URL: 'http://127.0.0.1:9/dicom-web' };

describe('the outbox command', function () {
  this.timeout(60_000);
  let dataDir: string;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'outbox-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  const run = async (action: string | undefined, folder = dataDir): Promise<string> => {
    const lines: string[] = [];
    const config = parseConfig({ ...URLS, DATA_DIR: folder, CDS_AUTH: 'insecure-loopback' });
    await runOutboxCommand({ action, config, logger, write: (line) => void lines.push(line) });
    return lines.join('\n');
  };
  const fail = (action: string | undefined, folder?: string) =>
    run(action, folder).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is refused, by name, while a service owns the folder', async () => {
    const service = await openJobFixture({ dataDir });
    expect(await fail('list')).to.have.property('code', 'storage-unavailable');
    await createOutbox<string>(service.jobQueue, CHART_WRITE_QUEUE).keepRefused('key-1', 'body', 'fhir-refused');
    await service.close();
  });

  it('lists what was refused and gives it back to the queue, where the next service finds it', async () => {
    expect(await run('list')).to.match(/^chart-write: 0 waiting, 1 refused\naudit-event: 0 waiting, 0 refused\n/);
    expect(await run('list')).to.match(/chart-write {2}fhir-refused {2}key-1$/);
    expect(await run('redeliver')).to.contain('chart-write: 1 refused item goes back into the queue');
    expect(await run('redeliver')).to.contain('chart-write: 0 refused items go back');

    const service = await openJobFixture({ dataDir });
    const outbox = createOutbox<string>(service.jobQueue, CHART_WRITE_QUEUE);
    const delivered = Promise.withResolvers<string>();
    const runner = await outbox.startDelivery({
      deliver: (item) => {
        delivered.resolve(item);
        return Promise.resolve();
      },
    });
    expect(await delivered.promise).to.equal('body');
    await runner.stop({ graceMs: 1_000 });
    await service.close();
    expect(await run('list')).to.match(/^chart-write: 0 waiting, 0 refused/);
  });

  it('says what it can do, and that memory keeps nothing', async () => {
    expect(await fail(undefined))
      .to.have.property('message')
      .that.contains('list, redeliver');
    expect(await fail('list', 'memory'))
      .to.have.property('message')
      .that.contains('nothing is kept');
  });
});
