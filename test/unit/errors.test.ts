import { expect } from 'chai';
import { Fault, toFault } from '../../src/errors.ts';

describe('errors', () => {
  it('keeps a Fault as it is', () => {
    const fault = new Fault('pacs-unavailable', 'no answer', { retryable: true });
    expect(toFault(fault)).to.equal(fault);
    expect(fault.status).to.equal(502);
  });

  it('reads an abort as deadline-exceeded, retryable', () => {
    const fault = toFault(new DOMException('late', 'AbortError'));
    expect([fault.code, fault.retryable]).to.deep.equal(['deadline-exceeded', true]);
  });

  it('hides unknown errors behind internal, keeping the cause', () => {
    const cause = new Error('boom');
    expect([toFault(cause).code, toFault(cause).cause]).to.deep.equal(['internal', cause]);
  });
});
