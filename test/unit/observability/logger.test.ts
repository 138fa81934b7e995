import { expect } from 'chai';
import { createLogger } from '../../../src/observability/logger.ts';
import { Fault } from '../../../src/errors.ts';

function capture(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  write(createLogger({ level: 'debug', destination: { write: (line: string) => void (text += line) } }));
  return text;
}

describe('logger', () => {
  it('removes tokens, names and identifiers wherever they stand', () => {
    const line = capture((logger) =>
      logger.info(
        {
          authorization: 'Bearer hunter2',
          req: { headers: { authorization: 'hunter2' } },
          job: { patientId: 'hunter2' },
        },
        'x',
      ),
    );
    expect(line).not.to.contain('hunter2');
  });

  it('writes a fault with its code, details and cause', () => {
    const fault = new Fault('pacs-unavailable', 'no answer', {
      cause: new Error('ECONNREFUSED'),
      details: { attempt: 2 },
    });
    const line = JSON.parse(capture((logger) => logger.error({ err: fault }, 'fetch failed'))) as {
      err: Record<string, unknown>;
    };
    expect(line.err).to.deep.include({ code: 'pacs-unavailable', details: { attempt: 2 } });
    expect(line.err.cause).to.deep.include({ message: 'ECONNREFUSED' });
  });

  it('does not repeat a thrown value that is no Error', () => {
    expect(capture((logger) => logger.error({ err: 'hunter2' }, 'x'))).not.to.contain('hunter2');
  });
});
