// Refused expectations: the exact error texts for unknown members and wrong types at every level.
import { expect, active } from '../../build.mjs';

const response = { statusCode: 200 };
const samples = { number: 1, fraction: 1.5, string: 'x', boolean: true, array: [], object: {}, null: null };

// For each member the kinds of value that must be tried; kinds that are valid there stand in cases of their own.
function wrong(member, make, kinds) {
  return kinds.map((kind) => expect(make({ [member]: samples[kind] })));
}

const top = (extra) => ({ httpRequest: { path: '/a' }, httpResponse: response, ...extra });
const request = (httpRequest) => ({ httpRequest, httpResponse: response });
const answer = (httpResponse) => ({ httpRequest: { path: '/a' }, httpResponse });
const error = (httpError) => ({ httpRequest: { path: '/a' }, httpError });
const group = (name, description, steps) => ({ name, description, steps: [...steps, active()] });

const not_string = ['number', 'boolean', 'array', 'object', 'null'];
const not_integer = ['fraction', 'string', 'boolean', 'array', 'object', 'null'];
const not_boolean = ['number', 'string', 'array', 'object', 'null'];
const not_object = ['number', 'string', 'boolean', 'array', 'null'];

export default [
  group('vector_a', 'an unknown member and no action', [
    expect({ httpRequest: { path: '/path_one' }, incorrectField: { body: 'some_body_one' }, times: { remainingTimes: 1 }, timeToLive: { unlimited: true } }),
    expect({ httpRequest: { path: '/path_one' }, times: { remainingTimes: 1 }, timeToLive: { unlimited: true } }),
  ]),
  group('top_level_wrong_types', 'wrong types of the members of an expectation', [
    ...wrong('id', top, not_string), ...wrong('priority', top, not_integer), ...wrong('percentage', top, ['fraction', 'string', 'null']),
    ...wrong('times', top, not_object), ...wrong('timeToLive', top, not_object), ...wrong('httpRequest', top, not_object),
    ...wrong('scenarioName', top, ['number', 'null']), ...wrong('scenarioState', top, ['number']), ...wrong('newScenarioState', top, ['number']),
    ...wrong('httpResponses', top, ['string', 'object', 'array']), ...wrong('responseMode', top, ['string', 'number']), ...wrong('timestamp', top, ['number']),
  ]),
  group('response_wrong_type', 'httpResponse that is no object', ['number', 'string', 'boolean', 'array', 'null'].map((kind) => expect({ httpRequest: { path: '/a' }, httpResponse: samples[kind] }))),
  group('error_wrong_type', 'httpError that is no object', ['number', 'string', 'null'].map((kind) => expect({ httpRequest: { path: '/a' }, httpError: samples[kind] }))),
  group('unknown_members', 'unknown members at each level', [
    expect(top({ foo: 1 })), expect(top({ Times: { unlimited: true } })), expect(top({ HTTPREQUEST: {} })), expect(top({ foo: 1, bar: { baz: 2 } })),
    expect(request({ path: '/a', foo: 1 })), expect(request({ Path: '/a' })), expect(request({ path: '/a', body: { type: 'STRING', string: 'x', foo: 1 } })),
    expect(answer({ foo: 1 })), expect(answer({ status: 200 })), expect(answer({ delay: { timeUnit: 'SECONDS', value: 1, foo: 1 } })), expect(answer({ connectionOptions: { foo: true } })),
    expect(error({ dropConnection: true, foo: 1 })), expect(top({ times: { remainingTimes: 1, foo: 1 } })), expect(top({ timeToLive: { unlimited: true, foo: 1 } })),
    expect(request({ socketAddress: { host: 'a', foo: 1 } })), expect(request({ headers: [{ name: 'a', values: ['b'], foo: 1 }] })), expect(request({ cookies: [{ name: 'a', value: 'b', foo: 1 }] })),
    expect(request({ path: { value: '/a', foo: 1 } })), expect(request({ method: { value: 'GET', foo: 1 } })),
  ]),
  group('request_wrong_types', 'wrong types of the members of httpRequest', [
    ...wrong('method', request, ['number', 'boolean', 'array', 'null']), ...wrong('path', request, ['number', 'boolean', 'array', 'null']),
    ...wrong('secure', request, not_boolean), ...wrong('keepAlive', request, not_boolean), ...wrong('protocol', request, ['number', 'string', 'boolean']),
    ...wrong('headers', request, ['number', 'string', 'boolean', 'null']), ...wrong('queryStringParameters', request, ['number', 'string', 'null']),
    ...wrong('pathParameters', request, ['number', 'string']), ...wrong('cookies', request, ['number', 'string', 'boolean', 'null']),
    ...wrong('body', request, ['number', 'boolean', 'null']), ...wrong('socketAddress', request, ['number', 'string', 'array']),
    ...wrong('localAddress', request, ['number']), ...wrong('remoteAddress', request, ['number']),
  ]),
  group('container_wrong_types', 'wrong types inside headers, parameters and cookies', [
    ...[[1], ['x'], [{}], [{ name: 'a' }, 1], [{ name: 1, values: ['b'] }], [{ name: 'a', values: 'b' }], [{ name: 'a', values: [1] }],
      { a: 1 }, { a: true }, { a: null }, { a: [1] }, { a: [null] }, { a: [['b']] }, { a: { foo: 1 } }, { keyMatchStyle: 'FOO', a: ['b'] }, { keyMatchStyle: 1 }, { 'a b': ['c'] }, { a: { parameterStyle: 'FOO', values: ['1'] } }]
      .map((headers) => expect(request({ headers }))),
    ...[[1], [{ name: 'a' }], [{ name: 'a', value: 1 }], [{ name: 'a', values: ['b'] }], { a: 1 }, { a: ['b'] }, { a: null }].map((cookies) => expect(request({ cookies }))),
    ...[{ q: 1 }, { q: [2] }, [{ name: 'q', values: [1] }]].map((queryStringParameters) => expect(request({ queryStringParameters }))),
  ]),
  group('body_wrong_types', 'wrong types inside request bodies', [
    { type: 'STRING', string: 1 }, { type: 'STRING', string: 'x', subString: 'yes' }, { type: 'REGEX', regex: 1 }, { type: 'JSON', json: '{"a":1}', matchType: 'FOO' },
    { type: 'BINARY', base64Bytes: 1 }, { type: 'BINARY', base64Bytes: '***' }, { type: 'XML', xml: 1 }, { type: 'PARAMETERS', parameters: 'a=b' },
    { type: 'STRING' }, { type: 'REGEX' }, { type: 'JSON' }, { type: 1 }, { type: 'string', string: 'x' }, { type: 'STRING', string: 'x', not: 'yes' },
  ].map((body) => expect(request({ path: '/a', body })))),
  group('response_wrong_types', 'wrong types of the members of httpResponse', [
    ...wrong('statusCode', answer, not_integer), ...wrong('reasonPhrase', answer, not_string), ...wrong('headers', answer, ['number', 'string', 'null']),
    ...wrong('cookies', answer, ['number', 'string', 'null']), ...wrong('body', answer, ['number', 'boolean', 'null']), ...wrong('delay', answer, not_object),
    ...wrong('connectionOptions', answer, not_object), ...wrong('primary', answer, ['string', 'number']),
  ]),
  group('delay_wrong_types', 'delays that are refused', [
    {}, { timeUnit: 'SECONDS' }, { value: 1 }, { timeUnit: 'FORTNIGHTS', value: 1 }, { timeUnit: 'seconds', value: 1 }, { timeUnit: 'SECONDS', value: '1' }, { timeUnit: 'SECONDS', value: 1.5 }, { timeUnit: 1, value: 1 },
    { timeUnit: 'SECONDS', value: -1 }, { timeUnit: 'SECONDS', distribution: {} }, { timeUnit: 'SECONDS', distribution: { type: 'FOO' } }, { timeUnit: 'SECONDS', distribution: { type: 'UNIFORM' } },
    { timeUnit: 'SECONDS', distribution: { type: 'UNIFORM', min: 2, max: 1 } }, { timeUnit: 'SECONDS', value: 1, distribution: { type: 'UNIFORM', min: 1, max: 2 } },
  ].map((delay) => expect(answer({ delay })))),
  group('connection_options_wrong_types', 'connection options that are refused', [
    ...['suppressContentLengthHeader', 'suppressConnectionHeader', 'keepAliveOverride', 'closeSocket'].map((member) => expect(answer({ connectionOptions: { [member]: 'yes' } }))),
    ...['contentLengthHeaderOverride', 'chunkSize'].flatMap((member) => ['1', 1.5, true].map((value) => expect(answer({ connectionOptions: { [member]: value } })))),
    ...['chunkDelay', 'closeSocketDelay'].map((member) => expect(answer({ connectionOptions: { [member]: 5 } }))),
  ]),
  group('http_error_wrong_types', 'members of httpError with wrong types', [
    ...wrong('dropConnection', error, not_boolean), ...wrong('responseBytes', error, ['number', 'boolean', 'array', 'null']), ...wrong('delay', error, ['number', 'string']),
    expect(error({ responseBytes: 'not base64 ***' })), expect(error({})),
  ]),
  group('times_wrong_types', 'times and timeToLive that are refused', [
    ...['string', 'fraction', 'boolean', 'null'].map((kind) => expect(top({ times: { remainingTimes: samples[kind] } }))),
    ...['string', 'number', 'null'].map((kind) => expect(top({ times: { unlimited: samples[kind] } }))),
    expect(top({ times: { remainingTimes: -1 } })),
    ...['string', 'fraction', 'boolean'].map((kind) => expect(top({ timeToLive: { timeUnit: 'SECONDS', timeToLive: samples[kind] } }))),
    expect(top({ timeToLive: { timeUnit: 'WEEKS', timeToLive: 1 } })), expect(top({ timeToLive: { timeUnit: 'SECONDS' } })), expect(top({ timeToLive: { timeToLive: 1 } })), expect(top({ timeToLive: { unlimited: 'true' } })),
  ]),
  group('two_bad_elements', 'two bad elements of one array are reported together', [
    expect([{ httpRequest: { path: '/a' }, httpResponse: response, foo: 1 }, { httpRequest: { path: '/b' }, httpResponse: response }, { httpRequest: { path: 1 }, httpResponse: response }]),
    expect([{ httpRequest: { path: '/a' } }, { httpRequest: { path: '/b' } }]),
    expect([1, 2]),
  ]),
  group('empty_values', 'bodies that hold no expectation', ['', ' ', '\n', '[]', '{}', '[{}]', '[[]]', '[[{}]]', 'null', '[null]', 'true', '1', '"x"', '""'].map((body) => expect(body))),
  group('no_action', 'a request without any action', [expect({ httpRequest: { path: '/a' } }), expect({ id: 'x' }), expect({ httpRequest: { path: '/a' }, httpResponses: [] })]),
  { name: 'name_left_out', description: 'a header without a name', steps: [expect(request({ headers: [{ values: ['b'] }] }))] },
  { name: 'body_json_malformed', description: 'a JSON body that is not JSON', steps: [expect({ id: 'j', httpRequest: { body: { type: 'JSON', json: '{bad' } }, httpResponse: response })] },
  { name: 'response_json_malformed', description: 'a JSON response body that is not JSON', steps: [expect({ id: 'j', httpResponse: { body: { type: 'JSON', json: '{bad' } } })] },
  group('duplicate_members', 'a member given twice: the later one counts', [
    expect('{"id":"d","httpRequest":{"path":"/a","path":"/b"},"httpResponse":{"statusCode":200,"statusCode":201}}'),
    expect('{"id":"d","httpRequest":{"path":1,"path":"/b"},"httpResponse":{}}'),
  ]),
  group('steps_rules', 'rules for steps', [
    expect({ steps: [] }), expect({ steps: [{}] }), expect({ steps: [{ httpResponse: {} }] }), expect({ steps: [{ responder: true, httpResponse: {} }, { responder: true, httpResponse: {} }] }),
    expect({ httpResponse: {}, steps: [{ responder: true, httpResponse: {} }] }), expect({ steps: [{ responder: true, httpResponse: {}, httpError: { dropConnection: true } }] }),
  ]),
];
