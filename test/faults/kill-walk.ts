/**
 * One round: a patient is admitted, an order is signed, the service is killed where the plan says, started again, and
 * the round ends when the order is answered and its results stand in the chart, or when they do not come.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Backdrop } from './backdrop.ts';
import { signOrder, type OrderOutcome } from './ehr.ts';
import { nameAim, type Aim } from './kill-plan.ts';
import { settle } from './ledger.ts';
import type { ServiceProcess } from './service-process.ts';

export interface Round {
  readonly patientId: string;
  readonly order: OrderOutcome;
  /** What the plan said, or that the walk never came by there. */
  readonly struck: string;
  readonly settledMs: number;
}

/** A walk that does not come by the aim within this time is killed all the same. */
const AIM_LIMIT_MS = 30_000;
const SETTLE_LIMIT_MS = 90_000;

export async function killOneWalk(backdrop: Backdrop, service: ServiceProcess, aim: Aim): Promise<Round> {
  const patientId = await backdrop.admit();
  const struck = strike(backdrop, service, aim);
  const order = signOrder(backdrop, { patientId, urls: [service.url] });
  const name = await struck;
  service.launch();
  if (aim.kind === 'start') {
    await pause(aim.afterMs);
    await service.kill();
    service.launch();
  }
  const from = performance.now();
  await service.whenReady();
  const outcome = await order;
  await settle(backdrop, [patientId], SETTLE_LIMIT_MS);
  return { patientId, order: outcome, struck: name, settledMs: performance.now() - from };
}

/** Kills at the aim and says where it struck. The signal is sent in the very moment, before anything else happens. */
async function strike(backdrop: Backdrop, service: ServiceProcess, aim: Aim): Promise<string> {
  let gone: Promise<void> | undefined;
  const reached = Promise.withResolvers<boolean>();
  const kill = (): void => {
    gone ??= service.kill();
    reached.resolve(true);
  };
  const stopWatching = watch(backdrop, service, aim, kill);
  const late = setTimeout(() => reached.resolve(false), AIM_LIMIT_MS);
  const isReached = await reached.promise;
  clearTimeout(late);
  stopWatching();
  kill();
  await gone;
  return isReached ? nameAim(aim) : `${nameAim(aim)} (never came by: killed after ${String(AIM_LIMIT_MS / 1000)} s)`;
}

function watch(backdrop: Backdrop, service: ServiceProcess, aim: Aim, kill: () => void): () => void {
  if (aim.kind === 'passage') {
    const gate = aim.server === 'fhir' ? backdrop.fhirGate : backdrop.pacsGate;
    return gate.watch(({ moment, method, path }) => {
      if (moment === aim.moment && method === aim.target.method && aim.target.path.test(path)) kill();
    });
  }
  if (aim.kind === 'log') {
    return service.onLog(({ msg }) => {
      if (msg === aim.msg) setTimeout(kill, aim.afterMs);
    });
  }
  const timer = setTimeout(kill, aim.afterMs);
  return () => clearTimeout(timer);
}
