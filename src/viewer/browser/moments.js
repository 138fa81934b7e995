/** Instants as a person at a bedside reads them: how long ago first, then the clock. */
import { locale, say } from './words.js';

/** @param {string} iso */
export function sayAgo(iso, now = new Date()) {
  const minutes = Math.round((now.getTime() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return say('moment.now');
  if (minutes < 60) return say('moment.minutes', { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say('moment.hours', { hours, minutes: minutes % 60 });
  return say('moment.days', { days: Math.floor(hours / 24) });
}

/** @param {string} iso */
export function sayClock(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return today ? time : `${sayDay(at)} ${time}`;
}

/** When the CT was made: its day alone where the chart knows no more. */
export function sayAcquisition({ studyStartedAt, startedPrecision }) {
  if (startedPrecision === 'day') return say('moment.day-only', { day: sayDay(new Date(studyStartedAt), 'UTC') });
  return say('moment.with-age', { clock: sayClock(studyStartedAt), age: sayAgo(studyStartedAt) });
}

function sayDay(at, timeZone) {
  const parts = { day: 'numeric', month: 'short', year: 'numeric', ...(timeZone ? { timeZone } : {}) };
  return at.toLocaleDateString(locale(), parts);
}
