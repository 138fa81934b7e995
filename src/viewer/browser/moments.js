/** Instants as a person at a bedside reads them: how long ago first, then the clock. */

/** @param {string} iso */
export function sayAgo(iso, now = new Date()) {
  const minutes = Math.round((now.getTime() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min ago`;
  return `${Math.floor(hours / 24)} d ago`;
}

/** @param {string} iso */
export function sayClock(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return today
    ? time
    : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })} ${time}`;
}

/** When the CT was made: its day alone where the chart knows no more. */
export function sayAcquisition({ studyStartedAt, startedPrecision }) {
  if (startedPrecision === 'day') {
    const day = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
    return `${new Date(studyStartedAt).toLocaleDateString('en-GB', day)} (time not known)`;
  }
  return `${sayClock(studyStartedAt)} (${sayAgo(studyStartedAt)})`;
}
