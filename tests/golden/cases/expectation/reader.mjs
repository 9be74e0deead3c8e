// The JSON reader of the control plane: what it tolerates and what it refuses, with the texts of the refusals.
import { expect, put, active } from '../../build.mjs';

const good = '"httpRequest":{"path":"/a"},"httpResponse":{"statusCode":200}';
const group = (name, description, bodies) => ({ name, description, steps: [...bodies.map((body) => expect(body)), active()] });

const malformed = [
  '{', '[', '{"a"', '{"a":', '{"a":1', '{"a":1,', '[1', '[1,', 'abc', '{"a":tru}', '{"a":nul}', '{"a" 1}', '{"a":1 "b":2}', '{]', '[}', '<xml/>', '{"a":"unterminated', "{'a':'b", '{"a":01x}', '{"a":-}',
  '{"a":1.}', '{"a":.5}', '{"a":1e}', '{"a":+1}', '{"a":0x10}', '{"a":"\\u12"}', '{"a":"\\uZZZZ"}', '{,}', '[,]', '{"a":,}', '{a b:1}', '{"a":1}}', ']', '}', ':', ',', '/* only a comment */', '// only a comment', '{"a":/* unterminated', '@', '{"a":\u0001}',
];

export default [
  group('malformed', 'bodies that are not JSON', malformed),
  ...['verify', 'verifySequence', 'clear', 'retrieve'].map((endpoint) => ({
    name: `malformed_${endpoint.toLowerCase()}`,
    description: `bodies that are not JSON sent to ${endpoint}`,
    steps: ['{', '[', '{"path":', '{"path":"/a"', 'abc', '{"a":tru}', '{]', '<xml/>', '{"path":"/a" "method":"GET"}', "{'a':'b", '[1', '{\n  "path" : "/a",\n  oops oops\n}'].map((body) => put(endpoint, body)),
  })),
  group('tolerated', 'what the reader accepts beyond strict JSON', [
    `{/* block */"id":"t1",${good}}`, `{// line\n"id":"t2",${good}}`, `{# hash\n"id":"t3",${good}}`, `{id:"t4",httpRequest:{path:"/a"},httpResponse:{statusCode:200}}`, `{'id':'t5','httpRequest':{'path':'/a'},'httpResponse':{}}`,
    `{"id":"t6",${good},}`, `[{"id":"t7",${good}},]`, `{"id":"t8","priority":007,${good}}`, `{"id":"t9\ttab\nline",${good}}`, `{"id":"t10",${good}} trailing text`, `{"id":"t11",${good}}{"id":"t12",${good}}`, `\n\n  {"id":"t13",${good}}  \n`,
    `\ufeff{"id":"t14",${good}}`, `{"id":"t15\\q",${good}}`, `{"id":'single "double" inside',${good}}`, `{"id":"t16","httpRequest":{"path":"/a","body":{"type":"JSON","json":{"a":NaN}}},"httpResponse":{}}`,
  ]),
  group('deep_nesting', 'deeply nested bodies', [
    `{"id":"deep","httpRequest":{"body":{"type":"JSON","json":${'['.repeat(100)}${']'.repeat(100)}}},"httpResponse":{}}`,
  ]),
  { name: 'bad_utf8', description: 'bytes that are not UTF-8', steps: [{ send: 'PUT /mockserver/expectation', base64: Buffer.from([...Buffer.from('{"id":"u'), 0xff, 0xfe, ...Buffer.from(`",${good}}`)]).toString('base64') }, active()] },
  { name: 'pretty_echo', description: 'the refused JSON is echoed in pretty form', steps: [expect('{"foo":{"a":[1,2,{"b":[]}],"c":"x\\ny"},"d":1.50,"e":"é"}')] },
];
