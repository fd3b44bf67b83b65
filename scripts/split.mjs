// Splits a module in two: what runs until the first task is on the screen, and the rest, which loads after it.
//   node scripts/split.mjs --pkg dist/pkg --name app --later scripts/later/app.txt   split by a list
//   node scripts/split.mjs --pkg dist/pkg --name app                                do not split (quick builds)
//   node scripts/split.mjs --pkg dist/pkg --name app --trace                         note which functions run
// A function that went to the rest leaves a stub behind, which calls it through the module's table. A stub that is called
// before the rest is there fetches it at once, so the list decides only how fast a page starts, never what it can do.
// scripts/profile.mjs makes the lists.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formsOf, isFunction, keysOf, mentioned, nameOf, names, signatureOf } from './wat.mjs';

const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? null : process.argv[at + 1] ?? '';
};
const pkg = option('pkg');
const name = option('name');
const FEATURES = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue']
  .map((feature) => `--enable-${feature}`);
const file = (end) => join(pkg, `${name}${end}`);
const run = (tool, ...args) => execFileSync(tool, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const written = (forms) => `(module\n${forms.map((form) => form.join('\n')).join('\n')}\n)\n`;

/// Assembles a module and leaves out what nobody mentions any more.
function assemble(forms, wasm) {
  writeFileSync(`${wasm}.wat`, written(forms));
  run('wasm-as', ...FEATURES, '-g', `${wasm}.wat`, '-o', `${wasm}.tmp`);
  run('wasm-opt', ...FEATURES, '--remove-unused-module-elements', '--reorder-functions', '--strip-debug', '--strip-producers', `${wasm}.tmp`, '-o', wasm);
  rmSync(`${wasm}.wat`);
  rmSync(`${wasm}.tmp`);
}

/// Which functions go to the rest: those on the list. A function that the list does not know is new or was changed, and stays.
function coldNames(forms, list) {
  const lines = readFileSync(list, 'utf8').split('\n').filter((line) => !line.startsWith('#'));
  const listed = new Set(lines.join(' ').split(' ').filter(Boolean));
  // a function that the optimiser made has a number for a name, which means another function in another build; and when
  // things are dropped or woken is a matter of timing
  const named = (found) => !/^\$\d+$|drop_in_place|raw_waker/.test(found);
  return new Set([...keysOf(forms)].filter(([found, key]) => named(found) && listed.has(key)).map(([found]) => found));
}

/// A cold function that calls nobody and is hardly longer than a stub stays as well.
const tiny = (form) => form.filter((line) => !line.startsWith('  (local ')).length < 14 && !form.some((line) => /\(call/.test(line));

function split(list) {
  const forms = formsOf(file('_bg.wat'));
  const functions = new Map(forms.filter(isFunction).map((form) => [nameOf(form), form]));
  const cold = coldNames(forms, list);
  for (const [found, form] of functions) if (tiny(form)) cold.delete(found);
  const hot = new Set([...functions.keys()].filter((found) => !cold.has(found)));

  // the table: places that cold functions have already, and new ones at its end
  const [, table, size] = /^ \(table (\$\S+) (\d+) \d+ funcref\)/.exec(forms.find((f) => /funcref\)$/.test(f[0]))[0]);
  const elements = forms.filter((f) => f[0].startsWith(' (elem '));
  const slots = new Map();
  const listed = new Map();
  for (const [line] of elements) {
    const [head, start, of] = /^ \(elem .*?\(i32\.const (\d+)\)(?: func)? (.*)\)$/.exec(line) ?? [];
    if (!head) throw new Error('an element segment of a form that is not known');
    names(of).forEach((found, at) => {
      listed.set(Number(start) + at, found);
      if (cold.has(found)) slots.set(found, Number(start) + at);
    });
  }
  let end = Number(size);
  const needed = new Set(slots.keys());
  const called = (form) => [...mentioned(form, 'call'), ...mentioned(form, 'return_call'), ...mentioned(form, 'ref.func')];
  for (const found of hot) for (const other of called(functions.get(found))) if (cold.has(other)) needed.add(other);
  for (const form of forms.filter((f) => f[0].startsWith(' (export '))) {
    for (const other of mentioned(form, 'func')) if (cold.has(other)) needed.add(other);
  }
  for (const found of needed) if (!slots.has(found)) slots.set(found, end++);

  const stub = (found) => {
    const { params, results } = signatureOf(functions.get(found));
    const type = [...params.map((t) => `(param ${t})`), results.length ? `(result ${results.join(' ')})` : ''].join(' ');
    const head = params.map((t, at) => `(param $${at} ${t})`).join(' ');
    const given = params.map((_, at) => `(local.get $${at})`).join(' ');
    return [` (func ${found} ${head} ${results.length ? `(result ${results.join(' ')})` : ''}`,
      `  (call_indirect ${table} ${type} ${given} (call $__rest (i32.const ${slots.get(found)}))))`];
  };
  const shared = new Set();
  for (const found of cold) for (const other of called(functions.get(found))) if (!cold.has(other)) shared.add(other);
  const exported = new Map([...shared].map((found, at) => [found, `f${at}`]));
  const kindOf = (form) => /^ \((\w+)/.exec(form[0])[1];
  const imports = forms.filter((f) => kindOf(f) === 'import');
  const globals = forms.filter((f) => kindOf(f) === 'global').map((f) => /^ \(global (\S+) (\(mut \w+\)|\w+)/.exec(f[0]));
  const tables = forms.filter((f) => kindOf(f) === 'table').map((f) => /^ \(table (\S+) (.*)\)$/.exec(f[0]));
  const memory = /^ \(memory (\S+) (.*)\)$/.exec(forms.find((f) => kindOf(f) === 'memory')[0]);
  const grown = (limits) => limits.replace(/^(\d+) (\d+) funcref/, `${end} ${end} funcref`);

  // parts of two builds do not link
  const build = createHash('sha256').update(written(forms)).update(readFileSync(list)).digest('hex').slice(0, 16);

  const first = forms.flatMap((form) => {
    const kind = kindOf(form);
    if (kind === 'func' && cold.has(nameOf(form))) return needed.has(nameOf(form)) ? [stub(nameOf(form))] : [];
    if (kind === 'table') return [[form[0].replace(/(\d+) (\d+) funcref/, `${end} ${end} funcref`)]];
    return [form];
  });
  const added = [
    ...[...exported].map(([found, as]) => [` (export "${as}" (func ${found}))`]),
    ...globals.map(([, found], at) => [` (export "g${at}" (global ${found}))`]),
    ...tables.map(([, found], at) => [` (export "t${at}" (table ${found}))`]),
    [` (export "m" (memory ${memory[1]}))`],
    [` (export "r-${build}" (global $__rest_there))`],
    [' (global $__rest_there (mut i32) (i32.const 0))'],
    [' (func $__rest (param $0 i32) (result i32) (if (i32.eqz (global.get $__rest_there)) (then (call $__rest_fetch))) (local.get $0))'],
  ];
  first.splice(first.findIndex((f) => kindOf(f) !== 'type'), 0, [' (import "rest" "fetch" (func $__rest_fetch))']);
  assemble([...first, ...added], file('_bg.wasm'));

  const importOf = (found) => {
    const known = imports.find((f) => [...mentioned(f, 'func')].includes(found));
    const head = known ? /\(func \S.*?((?: \((?:param|result)[^)]*\))*)\)\)$/.exec(known[0])[1] : null;
    const { params, results } = known ? { params: [], results: [] } : signatureOf(functions.get(found));
    const type = head ?? [...params.map((t) => ` (param ${t})`), results.length ? ` (result ${results.join(' ')})` : ''].join('');
    return [` (import "first" "${exported.get(found)}" (func ${found}${type}))`];
  };
  const places = [...slots].map(([found, at]) => [at, found]).sort(([a], [b]) => a - b);
  // a function may stand at several places of the table
  for (const [at, found] of listed) if (cold.has(found) && slots.get(found) !== at) places.push([at, found]);
  places.sort(([a], [b]) => a - b);
  const runs = [];
  for (const [at, found] of places) {
    const last = runs.at(-1);
    if (last && last.at + last.of.length === at) last.of.push(found);
    else runs.push({ at, of: [found] });
  }
  assemble([
    ...forms.filter((f) => kindOf(f) === 'type'),
    ...[...shared].map(importOf),
    ...globals.map(([, found, type], at) => [` (import "first" "g${at}" (global ${found} ${type}))`]),
    ...tables.map(([, found, limits], at) => [` (import "first" "t${at}" (table ${found} ${grown(limits)}))`]),
    [` (import "first" "m" (memory ${memory[1]} ${memory[2]}))`],
    [` (import "first" "r-${build}" (global $__rest_there (mut i32)))`],
    ...runs.map(({ at, of }, n) => [` (elem $r${n} (table ${table}) (i32.const ${at}) func ${of.join(' ')})`]),
    ...[...cold].map((found) => functions.get(found)),
    [' (func $__rest_start (global.set $__rest_there (i32.const 1)))'],
    [' (start $__rest_start)'],
  ], file('_rest.wasm'));
  console.error(`split: ${name}: ${hot.size} functions first, ${cold.size} later, ${needed.size} stubs`);
}

/// Every function says that it runs.
function trace() {
  const forms = formsOf(file('_bg.wat'));
  const all = [...keysOf(forms)];
  let number = 0;
  for (const form of forms.filter(isFunction)) {
    let at = 1;
    while (form[at]?.startsWith('  (local ')) at++;
    form.splice(at, 0, `  (call $__trace (i32.const ${number++}))`);
  }
  forms.splice(forms.findIndex((f) => !f[0].startsWith(' (type')), 0, [' (import "rest" "trace" (func $__trace (param i32)))']);
  assemble(forms, file('_bg.wasm'));
  writeFileSync(file('_keys.json'), JSON.stringify(all.map(([, key]) => key)));
}

// What the module's script needs for it. A synchronous request of a page may not ask for bytes, so they come as text.
const LOADER = `
const restAddress = new URL('${name}_rest.wasm', import.meta.url);
let rest;
let held;
/** Keeps the rest at hand, to be called before the module runs: where a service worker answers, a request that does not wait fails. */
export async function holdRest() {
  const response = await fetch(restAddress);
  if (!response.ok) throw new Error(\`the rest of the module: status \${response.status}\`);
  held = await response.arrayBuffer();
}
/** Loads what the first task did not need. */
export function loadRest() {
  // not streamed: a host may send it under a wrong type
  const load = async () => {
    const response = await fetch(restAddress);
    if (!response.ok) throw new Error(\`the rest of the module: status \${response.status}\`);
    return WebAssembly.instantiate(await response.arrayBuffer(), { first: wasm });
  };
  return rest ??= load().catch((error) => { rest = undefined; throw error; });
}
function asked() {
  const request = new XMLHttpRequest();
  request.open('GET', restAddress, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(String(request.status));
  return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 255);
}
function restNow() {
  try {
    const bytes = held ?? asked();
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: wasm });
    rest = Promise.resolve();
  } catch (error) {
    // as a module that trapped: the elements are mounted again from what is durable, and with the rest at hand
    throw new WebAssembly.RuntimeError(\`the rest of the module could not be loaded (\${error.message})\`);
  }
}
`;
const WHOLE = '\n/** This build is in one piece. */\nexport async function loadRest() {}\nexport async function holdRest() {}\n';
const TRACE = `
export async function loadRest() {}
export async function holdRest() {}
function trace(number) { (globalThis.countersignRan ??= new Set()).add(number); }
`;

function patch(loader, given) {
  const script = file('.js');
  const text = readFileSync(script, 'utf8');
  const parts = text.split('const imports = __wbg_get_imports();');
  if (parts.length !== 3) throw new Error(`${script}: wasm-bindgen wrote it in a form that is not known`);
  writeFileSync(script, (given ? parts.join(`const imports = { ...__wbg_get_imports(), rest: ${given} };`) : text) + loader);
}

const list = option('later');
rmSync(file('_rest.wasm'), { force: true });
if (list !== null || process.argv.includes('--trace')) {
  run('wasm-dis', ...FEATURES, file('_bg.wasm'), '-o', file('_bg.wat'));
  if (list !== null && !existsSync(list)) throw new Error(`${list} is missing: run scripts/profile.sh`);
  if (list !== null) split(list); else trace();
  rmSync(file('_bg.wat'));
  patch(list !== null ? LOADER : TRACE, list !== null ? '{ fetch: restNow }' : '{ trace }');
} else {
  patch(WHOLE, null);
}
