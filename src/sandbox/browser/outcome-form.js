/**
 * Enters what became of a patient (follow-up CT, reading, collateral grade), as a site would do weeks later: what the
 * monitoring page holds predictions against.
 */
import { element } from './shared/dom.js';
import { ehrServer } from './ehr-server.js';

export async function createOutcomeForm(patientId) {
  const questions = await ehrServer.listOutcomes();
  const question = element(
    'select',
    { id: 'outcome-question' },
    ...questions.map(({ target, display }) => element('option', { value: target }, display)),
  );
  const value = element('select', { id: 'outcome-value' });
  const hours = element('input', { id: 'outcome-hours', type: 'number', min: '0', max: '168', value: '24' });
  const hoursRow = element('p', {}, element('label', { for: 'outcome-hours' }, 'Hours after thrombectomy '), hours);
  const state = element('output', { for: 'outcome-question outcome-value', role: 'status' });
  const drawValues = () => {
    const { values } = questions.find(({ target }) => target === question.value);
    value.replaceChildren(...values.map(({ code, display }) => element('option', { value: code }, display)));
    hoursRow.hidden = question.value !== 'ich-after-evt';
  };
  question.addEventListener('change', drawValues);
  drawValues();
  const form = element(
    'form.outcome-form',
    {},
    element('p', {}, element('label', { for: 'outcome-question' }, 'Outcome '), question),
    element('p', {}, element('label', { for: 'outcome-value' }, 'Result '), value),
    hoursRow,
    element('p', {}, element('button', { type: 'submit' }, 'Enter outcome'), ' ', state),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    state.textContent = '';
    try {
      const given = { target: question.value, value: value.value, hours: Number(hours.value) };
      const { created } = await ehrServer.enterOutcome(patientId, given);
      state.textContent = `Written: ${created}`;
    } catch (error) {
      state.textContent = `Not written: ${error.message}`;
    }
  });
  return element('details', {}, element('summary', {}, 'Enter an outcome'), form);
}
