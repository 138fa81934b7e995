/** The patient list, the banner and the CTs on file. */
import { element } from './shared/dom.js';
import { sayAgo, sayClock } from './shared/moments.js';

export function createPatientList(patients, currentId, onOpen) {
  return patients.map((patient) =>
    element(
      'li',
      {},
      element(
        'button',
        {
          type: 'button',
          'aria-current': patient.id === currentId ? 'true' : undefined,
          onclick: () => onOpen(patient.id),
        },
        element('span.name', {}, patient.name),
        element('span.facts', {}, describePerson(patient)),
        patient.reason && element('span.why', {}, patient.reason),
      ),
    ),
  );
}

function describePerson(patient) {
  const age = patient.ageYears === undefined ? 'age unknown' : `${patient.ageYears} y`;
  return [age, patient.sex, patient.recordNumber].filter(Boolean).join(' · ');
}

export function createBanner({ summary, location, practitionerName }) {
  const facts = [
    ['Born', summary.birthDate ? `${summary.birthDate} (${summary.ageYears} y)` : 'unknown'],
    ['Sex', summary.sex],
    ['Record', summary.recordNumber ?? 'none'],
    ['Location', location ?? 'none'],
    ['Signed in', practitionerName],
  ];
  return element(
    'section.patient-banner',
    { 'aria-label': 'Patient' },
    element('h2', {}, summary.name),
    element(
      'dl',
      {},
      ...facts.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value))),
    ),
    summary.reason && element('p.reason', {}, summary.reason),
  );
}

export function createCtList(cts) {
  return element(
    'section.cts',
    { 'aria-labelledby': 'ct-title' },
    element('h2', { id: 'ct-title' }, 'CT on file'),
    cts.length === 0
      ? element('p.empty', {}, 'No CT on file.')
      : element('ul', {}, ...cts.map((ct) => element('li', {}, createThumbnail(ct), describeCt(ct)))),
  );
}

function createThumbnail(ct) {
  const image = element('img', { src: `api/studies/${ct.studyInstanceUid}/thumbnail`, alt: '', loading: 'lazy' });
  image.addEventListener('error', () => image.replaceWith(element('span.no-image', {}, 'no axial slice')));
  return image;
}

function describeCt(ct) {
  const series = ct.series.map((one) => `${one.description || one.modality} (${one.instances})`).join(', ');
  return element(
    'div',
    {},
    element(
      'p',
      {},
      element('span.when', {}, ct.started ? sayAgo(ct.started) : 'time unknown'),
      ` · ${ct.description}`,
    ),
    element('p.series', {}, `${ct.started ? `${sayClock(ct.started)} · ` : ''}${series}`),
    ...ct.notes.map((note) => element('p.note', {}, note)),
  );
}
