/** The sandbox server's interface as this page uses it. A refusal becomes an Error whose message a person can read. */

async function request(path, body) {
  const response = await fetch(`api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.message} (${answer.code})`);
  return answer;
}

/** Where a card's link leads; a SMART link by way of this EHR's own launch. */
export function toLinkAddress(link, patientId) {
  if (link.type !== 'smart') return link.url;
  const query = new URLSearchParams({ url: link.url, patient: patientId });
  if (link.appContext !== undefined) query.set('appContext', link.appContext);
  return `api/launches?${query}`;
}

export const ehrServer = {
  readSetting: () => request('/setting'),
  listOrderables: () => request('/orderables'),
  listPatients: () => request('/patients'),
  openPatient: (id) => request(`/patients/${id}`),
  listChart: (id) => request(`/patients/${id}/chart`),
  listOutcomes: () => request('/outcomes'),
  enterOutcome: (id, outcome) => request(`/patients/${id}/outcomes`, outcome),
  readResource: (reference) => request(`/resources/${reference}`),
  discover: (serviceUrl) => request('/discovery', { serviceUrl }),
  fireHook: (hook, order, serviceUrl) => request(`/hooks/${hook}`, { order, serviceUrl }),
  signOrder: (order, additions) => request('/orders', { order, additions }),
  sendFeedback: (serviceUrl, serviceId, feedback) => request('/feedback', { serviceUrl, serviceId, feedback }),
};
