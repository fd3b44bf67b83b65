// Binaryen's text form of a module, cut into its top-level forms: one array of lines each. Functions are known by a key
// that survives a new build: their name without the compiler's hashes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/// The forms of a module, in order. Binaryen indents a top-level form by one space and closes a longer one alone on a line.
export function formsOf(path) {
  const forms = [];
  let open = null;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith(' (')) forms.push(open = [line]);
    else if (line === ' )' || line.startsWith('  ')) open.push(line);
  }
  return forms;
}

export const isFunction = (form) => form[0].startsWith(' (func ');
const NAME = String.raw`\$(?:"(?:[^"\\]|\\.)*"|[^\s()]+)`;
export const nameOf = (form) => new RegExp(`^ \\(func (${NAME})`).exec(form[0])[1];

/// The names that a form mentions after one of these words: `call`, `func`, `global.get` …
export function* mentioned(form, word) {
  const wanted = new RegExp(`\\(${word} (${NAME})`, 'g');
  for (const line of form) for (const [, name] of line.matchAll(wanted)) yield name;
}
export const names = (text) => text.match(new RegExp(NAME, 'g')) ?? [];

/// Parameters and results, as the form writes them: `(param $0 i32) (result i32)`.
export function signatureOf(form) {
  const params = [...form[0].matchAll(/\(param \$\S+ (\w+)\)/g)].map(([, type]) => type);
  const results = /\(result ([^)]+)\)/.exec(form[0].replace(/^ \(func (?:\$"(?:[^"\\]|\\.)*"|\S+)/, ''))?.[1].split(' ') ?? [];
  return { params, results };
}

const short = (text) => createHash('sha256').update(text).digest('base64url').slice(0, 6);
const plain = (text) => text.replace(/::h[0-9a-f]{16}/g, '').replace(/\[[0-9a-f]{16}\]/g, '');

/// Each function's key: of its name, which holds its types. Where the optimiser made one of two functions, either name may be left.
export const keysOf = (forms) => new Map(forms.filter(isFunction).map((form) => [nameOf(form), short(plain(nameOf(form)))]));
