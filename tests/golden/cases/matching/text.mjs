// Matching of method, path, query string, headers and cookies.
import { matches, expect, mock, get } from '../../build.mjs';

const on = (method, target, headers) => ({ send: `${method} ${target}`, ...(headers ? { headers } : {}) });
const schema = (text) => ({ schema: text });

const methods = [
  ['literal', 'GET', ['GET', 'POST', 'get', 'HEAD']], ['lower_case_matcher', 'get', ['GET']], ['regex', 'GET|POST', ['GET', 'POST', 'PUT']], ['wildcard', '.*', ['GET', 'PATCH']], ['empty', '', ['GET', 'DELETE']], ['negated', '!GET', ['GET', 'POST', 'HEAD']],
  ['negated_object', { not: true, value: 'GET' }, ['GET', 'POST']], ['negated_regex', '!(GET|POST)', ['GET', 'POST', 'PUT']], ['optional', '?GET', ['GET', 'POST']], ['custom', 'BREW', ['BREW', 'GET']], ['prefix', 'P.*', ['PUT', 'POST', 'PATCH', 'GET']],
];

const paths = [
  ['literal', '/a/b', ['/a/b', '/a/b/', '/a', '/a/b/c', '/A/B', '/a//b', '/a/b?x=1', '/a%2Fb']], ['empty', '', ['/', '/a']], ['root', '/', ['/', '/a']], ['negated', '!/a', ['/a', '/b', '/A']], ['negated_regex', '!/a.*', ['/a', '/ab', '/b']], ['optional', '?/a', ['/a', '/b']], ['negated_object', { not: true, value: '/a' }, ['/a', '/b']],
  ['trailing_slash', '/a/', ['/a/', '/a']], ['encoded', '/a%20b', ['/a%20b', '/a+b', '/a%2520b']], ['decoded_blank', '/a b', ['/a%20b']], ['encoded_upper', '/a%C3%A9', ['/a%C3%A9', '/a%c3%a9']], ['unicode', '/é', ['/%C3%A9', '/é']], ['dot_segments', '/a/../b', ['/a/../b', '/b']],
  ['semicolon', '/a;v=1', ['/a;v=1', '/a']], ['query_in_path', '/a?x=1', ['/a?x=1', '/a']], ['plus', '/a+b', ['/a+b', '/aab']], ['dollar', '/a$b', ['/a$b']], ['star', '/a/*', ['/a/', '/a', '/a/b', '/a/*']], ['ending_wildcard', '/a/.*', ['/a/', '/a/b', '/a/b/c', '/a']], ['inner_wildcard', '/a/.*/c', ['/a/b/c', '/a/b/b/c', '/a/c']],
  ['schema', schema({ type: 'string', pattern: '^/a[0-9]+$' }), ['/a1', '/a', '/b1']], ['schema_length', schema({ type: 'string', maxLength: 3 }), ['/ab', '/abc']], ['blank', ' ', ['/a']], ['asterisk_only', '*', ['/a', '*']], ['long_literal', `/${'x'.repeat(500)}`, [`/${'x'.repeat(500)}`, `/${'x'.repeat(499)}`]],
];

const queries = [
  ['one', { q: ['1'] }, ['/?q=1', '/?q=2', '/', '/?q=1&z=2', '/?Q=1', '/?q=1&q=2', '/?q=', '/?q']], ['two_values', { q: ['1', '2'] }, ['/?q=1&q=2', '/?q=2&q=1', '/?q=1', '/?q=1&q=2&q=3', '/?q=1&q=1']], ['two_names', { q: ['1'], r: ['2'] }, ['/?q=1&r=2', '/?r=2&q=1', '/?q=1']],
  ['decoded', { q: ['a b'] }, ['/?q=a%20b', '/?q=a+b', '/?q=a%2Bb', '/?q=a%20b&z=1', '/?z=1']], ['encoded_name', { 'a b': ['1'] }, ['/?a%20b=1']], ['unicode', { q: ['é'] }, ['/?q=%C3%A9', '/?q=%E9']], ['regex_value', { q: ['[0-9]+'] }, ['/?q=12', '/?q=a', '/?q=1a']], ['regex_name', { 'q.*': ['1'] }, ['/?q=1', '/?qq=1', '/?x=1']],
  ['case', { q: ['ABC'] }, ['/?q=abc', '/?Q=Abc']], ['negated_value', { q: ['!1'] }, ['/?q=1', '/?q=2', '/', '/?q=1&q=2', '/?z=1']], ['negated_name', { '!q': ['.*'] }, ['/?q=1', '/?z=1', '/']], ['negated_name_and_value', { '!q': ['!1'] }, ['/?q=1', '/?q=2', '/?z=1', '/?z=2', '/']], ['optional_name', { '?q': ['1'] }, ['/?q=1', '/?q=2', '/', '/?z=1']], ['optional_and_required', { '?q': ['1'], r: ['2'] }, ['/?r=2', '/?q=1&r=2', '/?q=9&r=2', '/?q=1']],
  ['optional_value', { q: ['?1'] }, ['/?q=1', '/?q=2', '/', '/?z=1']], ['no_values', [{ name: 'q', values: [] }], ['/?q=1', '/?q=', '/?q', '/']], ['empty_value', { q: [''] }, ['/?q=', '/?q', '/?q=1', '/']], ['same_value_twice', { q: ['1', '1'] }, ['/?q=1', '/?q=1&q=1']], ['overlapping_regexes', { q: ['[0-9]+', '1'] }, ['/?q=1', '/?q=1&q=2', '/?q=2&q=3']],
  ['matching_key', { keyMatchStyle: 'MATCHING_KEY', q: ['1', '2'] }, ['/?q=1', '/?q=1&q=2', '/?q=1&q=3', '/?q=2&z=1', '/', '/?z=1']], ['matching_key_two_names', { keyMatchStyle: 'MATCHING_KEY', q: ['1'], r: ['2'] }, ['/?q=1&r=2', '/?q=1', '/?q=1&q=1&r=2', '/?q=1&r=2&r=3']], ['matching_key_optional', { keyMatchStyle: 'MATCHING_KEY', '?q': ['1'] }, ['/?q=1', '/', '/?q=2', '/?z=1']], ['matching_key_negated', { keyMatchStyle: 'MATCHING_KEY', q: ['!1'] }, ['/?q=1', '/?q=2', '/?q=2&q=1', '/']],
  ['separators', { q: ['1;r=2'] }, ['/?q=1;r=2', '/?q=1&r=2']], ['equals_in_value', { q: ['a=b'] }, ['/?q=a=b', '/?q=a%3Db']], ['bad_escape', { q: ['%zz'] }, ['/?q=%zz', '/?q=%25zz']], ['schema_value', { q: [schema({ type: 'integer' })] }, ['/?q=12', '/?q=a', '/?q=1.5', '/']], ['dot_star', { q: ['.*'] }, ['/?q=', '/?q=x', '/?z=1', '/']], ['empty_containers', {}, ['/', '/?q=1']],
  ['form_style', { q: { parameterStyle: 'FORM', values: ['1', '2'] } }, ['/?q=1,2', '/?q=1', '/?q=1&q=2']], ['space_style', { q: { parameterStyle: 'SPACE_DELIMITED', values: ['1', '2'] } }, ['/?q=1%202', '/?q=1+2', '/?q=1']], ['pipe_style', { q: { parameterStyle: 'PIPE_DELIMITED', values: ['1', '2'] } }, ['/?q=1|2', '/?q=1']],
];

const headers = [
  ['literal', { 'X-A': ['b'] }, [{ 'X-A': 'b' }, { 'x-a': 'b' }, { 'X-A': 'B' }, { 'X-A': 'c' }, {}, { 'X-A': ['b', 'c'] }, { 'X-A': 'b, c' }, { 'X-B': 'b' }]], ['array_form_regex', [{ name: 'X-Id', values: ['[0-9]+'] }], [{ 'x-id': '12' }, { 'x-id': 'ab' }, {}]], ['two_values', { 'X-A': ['b', 'c'] }, [{ 'X-A': ['b', 'c'] }, { 'X-A': ['c', 'b'] }, { 'X-A': 'b' }, { 'X-A': 'b,c' }, { 'X-A': 'b, c' }]],
  ['negated_name', { '!X-Debug': ['.*'] }, [{}, { 'X-Debug': '1' }, { 'x-debug': '' }, { 'X-Other': '1' }]], ['negated_name_with_value', { '!X-A': ['b'] }, [{}, { 'X-A': 'b' }, { 'X-A': 'c' }, { 'X-B': 'b' }]], ['negated_value', { 'X-A': ['!b'] }, [{}, { 'X-A': 'b' }, { 'X-A': 'c' }, { 'X-A': ['b', 'c'] }]], ['negated_name_and_required', { '!X-A': ['.*'], 'X-B': ['1'] }, [{ 'X-B': '1' }, { 'X-A': '1', 'X-B': '1' }, {}]],
  ['optional_name', { '?X-A': ['b'] }, [{}, { 'X-A': 'b' }, { 'X-A': 'c' }]], ['optional_value', { 'X-A': ['?b'] }, [{}, { 'X-A': 'b' }, { 'X-A': 'c' }]], ['optional_negated', { '?!X-A': ['b'] }, [{}, { 'X-A': 'b' }, { 'X-A': 'c' }]], ['no_values', { 'X-A': [] }, [{ 'X-A': 'anything' }, { 'X-A': '' }, {}]], ['empty_value', { 'X-A': [''] }, [{ 'X-A': '' }, { 'X-A': 'b' }, {}]],
  ['regex_name', { 'X-.*': ['b'] }, [{ 'X-A': 'b' }, { 'X-B': 'c' }, { 'Y-A': 'b' }]], ['matching_key', { keyMatchStyle: 'MATCHING_KEY', 'X-A': ['b', 'c'] }, [{ 'X-A': 'b' }, { 'X-A': ['b', 'c'] }, { 'X-A': ['b', 'd'] }, {}]], ['value_with_marks', { 'X-A': ['!!b'] }, [{ 'X-A': '!b' }, { 'X-A': 'b' }]], ['object_value', { 'X-A': [{ value: 'b' }] }, [{ 'X-A': 'b' }, { 'X-A': 'c' }]], ['object_not', { 'X-A': [{ not: true, value: 'b' }] }, [{ 'X-A': 'b' }, { 'X-A': 'c' }, {}]],
  ['schema_value', { 'X-A': [schema({ type: 'integer', minimum: 5 })] }, [{ 'X-A': '7' }, { 'X-A': '3' }, { 'X-A': 'x' }, {}]], ['accept_regex', { Accept: ['.*json.*'] }, [{ Accept: 'application/json' }, { Accept: 'text/html, application/json;q=0.5' }, { Accept: 'text/html' }]], ['host', { Host: ['localhost.*'] }, [{}]], ['trimmed', { 'X-A': ['b'] }, [{ 'X-A': '  b  ' }]], ['multiset', { 'X-A': ['[a-z]', '[a-m]'] }, [{ 'X-A': 'b' }, { 'X-A': ['b', 'z'] }, { 'X-A': ['y', 'z'] }]],
];

const cookies = [
  ['literal', { s: '1' }, ['s=1', 't=2; s=1', 's=2', 'S=1', '', 's="1"', 's=1;t=2', 's=1 ; t=2']], ['array_form', [{ name: 's', value: '1' }], ['s=1', 't=1']], ['regex', { 's.*': '[0-9]+' }, ['s=1', 'session=22', 's=x', 'x=1']], ['two', { s: '1', t: '2' }, ['s=1; t=2', 't=2; s=1', 's=1']], ['negated_value', { s: '!1' }, ['s=1', 's=2', 't=1', '']], ['negated_name', { '!s': '.*' }, ['s=1', 't=1', '']], ['negated_name_value', { '!s': '1' }, ['s=1', 's=2', 't=1', 't=2', '']],
  ['optional', { '?s': '1' }, ['s=1', 's=2', 't=1', '']], ['empty_value', { s: '' }, ['s=', 's=1', '']], ['case', { Abc: 'Xyz' }, ['abc=xyz', 'ABC=XYZ']], ['object_value', { s: { value: '1' } }, ['s=1', 's=2']], ['object_not', { s: { not: true, value: '1' } }, ['s=1', 's=2']], ['encoded', { s: 'a b' }, ['s=a%20b', 's=a b', 's="a b"']], ['schema', { s: schema({ type: 'integer' }) }, ['s=1', 's=x']], ['without_equals', { s: '.*' }, ['s', 's=', '=1']], ['twice', { s: '1' }, ['s=2; s=1', 's=1; s=2']],
];

const flags = [
  ['keep_alive_true', { keepAlive: true }, [get('/'), get('/', { Connection: 'close' }), get('/', { Connection: 'keep-alive' })]], ['keep_alive_false', { keepAlive: false }, [get('/'), get('/', { Connection: 'close' })]], ['secure_true', { secure: true }, [get('/')]], ['secure_false', { secure: false }, [get('/')]], ['protocol_1', { protocol: 'HTTP_1_1' }, [get('/')]], ['protocol_2', { protocol: 'HTTP_2' }, [get('/')]],
];

const path_parameters = [
  ['one', { path: '/a/{id}', pathParameters: { id: ['[0-9]+'] } }, ['/a/12', '/a/x', '/a', '/a/1/b', '/b/1']], ['two', { path: '/{x}/b/{y}', pathParameters: { x: ['1'], y: ['2'] } }, ['/1/b/2', '/2/b/1', '/1/c/2']], ['not_listed', { path: '/a/{id}/{n}', pathParameters: { id: ['1'] } }, ['/a/1/x', '/a/2/x']], ['without_template', { path: '/a/b', pathParameters: { id: ['1'] } }, ['/a/b', '/a/1']], ['negated', { path: '/a/{id}', pathParameters: { id: ['!1'] } }, ['/a/1', '/a/2']], ['without_parameters', { path: '/a/{id}' }, ['/a/1', '/a/{id}']],
];

export default [
  ...methods.map(([name, method, list]) => matches(`method_${name}`, `method ${name.replaceAll('_', ' ')}`, { method }, list.map((one) => on(one, '/a')))),
  ...paths.map(([name, path, list]) => matches(`path_${name}`, `path ${name.replaceAll('_', ' ')}`, { path }, list)),
  ...queries.map(([name, queryStringParameters, list]) => matches(`query_${name}`, `query ${name.replaceAll('_', ' ')}`, { queryStringParameters }, list)),
  ...headers.map(([name, matcher, list]) => matches(`header_${name}`, `header ${name.replaceAll('_', ' ')}`, { headers: matcher }, list.map((one) => get('/', one)))),
  ...cookies.map(([name, matcher, list]) => matches(`cookie_${name}`, `cookie ${name.replaceAll('_', ' ')}`, { cookies: matcher }, list.map((one) => get('/', one === '' ? undefined : { Cookie: one })))),
  ...flags.map(([name, matcher, list]) => matches(`flag_${name}`, `flag ${name.replaceAll('_', ' ')}`, matcher, list)),
  ...path_parameters.map(([name, matcher, list]) => matches(`path_parameter_${name}`, `path parameters ${name.replaceAll('_', ' ')}`, matcher, list)),
  matches('all_fields', 'every field must match', { method: 'POST', path: '/a', queryStringParameters: { q: ['1'] }, headers: { 'X-A': ['b'] }, cookies: { c: 'd' }, body: 'x' }, [
    { send: 'POST /a?q=1', headers: { 'X-A': 'b', Cookie: 'c=d' }, body: 'x' }, { send: 'PUT /a?q=1', headers: { 'X-A': 'b', Cookie: 'c=d' }, body: 'x' }, { send: 'POST /b?q=1', headers: { 'X-A': 'b', Cookie: 'c=d' }, body: 'x' }, { send: 'POST /a?q=2', headers: { 'X-A': 'b', Cookie: 'c=d' }, body: 'x' },
    { send: 'POST /a?q=1', headers: { 'X-A': 'c', Cookie: 'c=d' }, body: 'x' }, { send: 'POST /a?q=1', headers: { 'X-A': 'b', Cookie: 'c=e' }, body: 'x' }, { send: 'POST /a?q=1', headers: { 'X-A': 'b', Cookie: 'c=d' }, body: 'y' },
  ]),
  { name: 'node_helper_shape', description: 'the empty members that the Node client sends match everything', steps: [expect(mock({ method: '', path: '/a', body: '', headers: [], cookies: [], queryStringParameters: [] })), get('/a'), { send: 'POST /a?x=1', body: 'y', headers: { Cookie: 'a=b' } }, get('/b')] },
];
