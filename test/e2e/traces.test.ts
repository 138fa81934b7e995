import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { openHospital, type Hospital, type HookResult } from '../support/hospital.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';

const PATIENT = 'demo-2';
const CALLER_TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';

/** Everything that a span may say: src/tracing.ts, and `error.type`. */
const ALLOWED = [
  'assessment.key',
  'cds.service',
  'cds.hook',
  'cds.cards',
  'job.attempt',
  'job.queue',
  'job.urgency',
  'network.name',
  'network.version',
  'ct.slices',
  'outcome',
  'error.type',
];

describe('traces, from the order to the RiskAssessment', function () {
  this.timeout(120_000);
  let collector: OtlpReceiver;
  let hospital: Hospital;
  let first: HookResult;
  let spans: readonly ReceivedSpan[];
  let studyUids: string[];

  before(async () => {
    collector = await startOtlpReceiver();
    hospital = await openHospital({
      patients: [PATIENT],
      settings: { ORDER_BUDGET_MS: '5000', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    });
    first = await hospital.sign(PATIENT);
    await hospital.waitFor(`RiskAssessment?subject=Patient/${PATIENT}`, 3);
    await hospital.waitFor(`AuditEvent?patient=Patient/${PATIENT}`, 2);
    await fetch(`${hospital.service.url}/cds-services/thrombectomy-risk`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${CALLER_TRACE}-${CALLER_SPAN}-01`,
        tracestate: 'ehr=Testerman',
        baggage: 'patient=Testerman',
      },
      body: '{}',
    });
    studyUids = (await hospital.find(`ImagingStudy?patient=Patient/${PATIENT}`)).map((study) => JSON.stringify(study));
    // Closing sends what is left.
    await hospital.close();
    spans = collector.spans();
  });
  after(() => collector.close());

  const only = (name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name && collector.pathOf(span)[0] === 'cds.call');
    expect(found, name).not.to.have.length(0);
    return found[0]!;
  };

  it('answers the order while it is traced', () => {
    expect(first.status).to.equal(200);
    expect(first.cards).to.have.length(1);
  });

  it('hangs the write of the RiskAssessment below the order that asked for it', () => {
    expect(collector.pathOf(only('chart.record'))).to.deep.equal(['cds.call', 'queue.request', 'job', 'chart.record']);
  });

  for (const [name, parents] of [
    ['chart.find-ct', ['cds.call']],
    ['queue.wait', ['cds.call']],
    ['chart.read-study', ['cds.call', 'queue.request', 'job']],
    ['ct', ['cds.call', 'queue.request', 'job']],
    ['ct.locate', ['cds.call', 'queue.request', 'job', 'ct']],
    ['ct.fetch', ['cds.call', 'queue.request', 'job', 'ct']],
    ['ct.decode', ['cds.call', 'queue.request', 'job', 'ct']],
    ['ct.volume', ['cds.call', 'queue.request', 'job', 'ct']],
    ['ct.quality', ['cds.call', 'queue.request', 'job', 'ct']],
    ['tensors', ['cds.call', 'queue.request', 'job']],
    ['network', ['cds.call', 'queue.request', 'job']],
    ['decide', ['cds.call', 'queue.request', 'job']],
    ['evidence', ['cds.call', 'queue.request', 'job']],
  ] as const) {
    it(`shows ${name} where it happened`, () => {
      expect(collector.pathOf(only(name))).to.deep.equal([...parents, name]);
    });
  }

  it('is one trace from end to end', () => {
    const order = only('cds.call');
    const mine = spans.filter(({ traceId }) => traceId === order.traceId);
    expect(mine.map(({ name }) => name)).to.include.members(['cds.call', 'job', 'network', 'chart.record']);
    expect(order).not.to.have.property('parentSpanId');
  });

  it("continues the caller's trace (W3C Trace Context), and takes neither tracestate nor baggage from it", () => {
    const [call] = spans.filter(({ traceId }) => traceId === CALLER_TRACE);
    expect([call?.name, call?.parentSpanId, call?.attributes['error.type']]).to.deep.equal([
      'cds.call',
      CALLER_SPAN,
      'caller-unverified',
    ]);
    expect(call).not.to.have.property('traceState');
  });

  it('says nothing but what is listed', () => {
    for (const span of spans) expect(ALLOWED, span.name).to.include.members(Object.keys(span.attributes));
  });

  it('sends no patient, study, order, name or token', () => {
    const sent = collector.bodies.join('\n');
    expect(sent.length).to.be.greaterThan(1000);
    expect(studyUids).not.to.have.length(0);
    const uids = studyUids.join(' ').match(/\b\d+(\.\d+){2,}/g) ?? [];
    expect(uids).not.to.have.length(0);
    for (const secret of [PATIENT, 'Testerman', 'SBX-', 'Bearer', 'eyJ', 'draft-1', ...uids]) {
      expect(sent, secret).not.to.contain(secret);
    }
  });

  it('logs no error on the way', () => {
    const lines = hospital.log().split('\n');
    expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).to.deep.equal([]);
  });
});

describe('a collector that is down', function () {
  this.timeout(60_000);

  it('costs spans, never an answer: orders are answered, the log says it once, stopping takes seconds', async () => {
    const collector = await startOtlpReceiver();
    collector.answerWith(500);
    const settings = { ORDER_BUDGET_MS: '5000', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    const hospital = await openHospital({ patients: ['demo-5'], settings });
    for (let order = 0; order < 3; order += 1) {
      expect((await hospital.sign('demo-5')).status).to.equal(200);
      await pause(2_100);
    }
    const from = performance.now();
    await hospital.close();
    await collector.close();
    expect(performance.now() - from).to.be.lessThan(15_000);
    expect(collector.bodies).not.to.have.length(0);
    expect(hospital.log().match(/spans could not be sent/g)).to.have.length(1);
    const lines = hospital.log().split('\n');
    expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).to.deep.equal([]);
  });
});
