// The file store.
import { put } from '../../build.mjs';

const bare = (endpoint, body) => ({ send: `PUT /${endpoint}`, json: body });

export default [
  { name: 'files', description: 'a file is stored, replaced, listed, retrieved and deleted', steps: [put('files/list'), put('files/store', { name: 'a.txt', content: 'hello' }), put('files/list'), put('files/store', { name: 'b.bin', content: 'AAECAw==', base64: true }), put('files/retrieve', { name: 'a.txt' }), put('files/retrieve', { name: 'b.bin' }), put('files/store', { name: 'a.txt', content: 'other text' }), put('files/retrieve', { name: 'a.txt' }), put('files/delete', { name: 'a.txt' }), put('files/delete', { name: 'a.txt' }), put('files/retrieve', { name: 'a.txt' }), put('files/list'), bare('files/store', { name: 'c', content: '' }), bare('files/retrieve', { name: 'c' })] },
  { name: 'files_reset', description: 'a reset removes all files', steps: [put('files/store', { name: 'a.txt', content: 'hello' }), put('reset'), put('files/list')] },
  { name: 'files_refused', description: 'what is missing is named', steps: [put('files/store'), put('files/store', {}), put('files/store', { name: 'a' }), put('files/store', { content: 'a' }), put('files/retrieve'), put('files/retrieve', {}), put('files/delete'), put('files/delete', {}), put('files/store', { name: 'a', content: '$$$', base64: true }), put('files/store', { name: 7, content: 'x' }), put('files/store', { name: 'x', content: 7 }), put('files/store', { name: '', content: 'x' })] },
];
