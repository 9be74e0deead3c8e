// Short forms for the steps that most cases are made of.

/** A control-plane call with a JSON value (or a string, sent as it stands) as body. */
export function put(endpoint, body, options = {}) {
  const content = body === undefined ? {} : typeof body === 'string' ? { body } : { json: body };
  return { send: `PUT /mockserver/${endpoint}`, ...content, ...options };
}

export const expect = (expectation, options) => put('expectation', expectation, options);
export const get = (target, headers, options = {}) => ({ send: `GET ${target}`, ...(headers ? { headers } : {}), ...options });
export const post = (target, body, headers, options = {}) => ({
  send: `POST ${target}`, ...(headers ? { headers } : {}), ...(typeof body === 'string' ? { body } : { json: body }), ...options,
});
export const active = (filter) => put('retrieve?type=ACTIVE_EXPECTATIONS', filter);
export const recorded = (filter) => put('retrieve?type=REQUESTS', filter);

/** An expectation with a fixed id that answers `matched`. */
export const mock = (httpRequest, extra = {}) => ({ id: 'm', httpRequest, httpResponse: { body: 'matched' }, ...extra });

/** Case: the matcher is stored, then every request is sent; the answers tell which ones matched. */
export function matches(name, description, http_request, requests) {
  return { name, description, steps: [expect(mock(http_request)), ...requests.map((request) => (typeof request === 'string' ? get(request) : request))] };
}
