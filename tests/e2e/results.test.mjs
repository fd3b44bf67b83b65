// What comes in and what goes out, on a page without a screen: answers made elsewhere, broken files, offsets in texts
// that are hard to count in, and that nothing raw leaves by any message or file.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './browsers.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

/// Runs `work` in a page of its own storage; `me` speaks to a worker there.
async function inPage(work, given) {
  const context = await browser.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.bare);
    await page.waitForFunction('typeof connect === "function"');
    await page.evaluate(async () => { window.me = await connect(); });
    return await page.evaluate(work, given);
  } finally {
    await context.close();
  }
}

test('answers made elsewhere give the published agreement', async (t) => {
  for (const [name, alpha] of [['rte', 0.2415], ['bluebird', 0.1255]]) {
    const path = `tests/fixtures/crowd/${name}/labels.csv`;
    assert.ok(existsSync(join(root, path)), path);
    const { figures, progress } = await inPage(async (name) => {
      const text = await (await fetch(`/fixtures/crowd/${name}/labels.csv`)).text();
      const { trouble } = await me.openFiles([new File([text], 'labels.csv')]);
      if (trouble) throw new Error(JSON.stringify(trouble));
      const progress = [];
      const view = await me.watch({ view: 'agreement' }, (v) => {
        if (v.progress !== null) progress.push(v.progress);
        return v.imported.length > 0;
      });
      return { figures: view.imported[0].figures, progress };
    }, name);
    t.diagnostic(`${name}: told ${progress.length} times how far it is`);
    assert.ok(progress.every((now, at) => now <= 100 && now >= (progress[at - 1] ?? 0)), `${progress}`);
    const found = figures.find((f) => f.code === 'alpha_nominal');
    assert.ok(Math.abs(Number(found?.value) - alpha) < 0.0006, `${name}: ${JSON.stringify(figures)}`);
    assert.ok(Number(found.low) < alpha && alpha < Number(found.high), JSON.stringify(found));
  }
});

test('agreement is computed in steps: it tells how far it is, stops when told, and is computed again when asked', async () => {
  const told = await inPage(async () => {
    await me.open();
    for (const { task } of (await me.tasks()).slice(0, 12)) await me.submit(await me.hand(task), answersOf('mark'));
    const asked = me.ask({ act: 'watch', key: 'agreement' });
    // 0 stands for the agreement
    me.worker.postMessage([JSON.stringify({ ask: 9999, what: { cancel: { ask: 0 } } })]);
    await asked;
    // not by watching, which asks again and so goes on
    while (!me.view({ view: 'agreement' })?.stopped) await new Promise((done) => setTimeout(done));
    const stopped = me.view({ view: 'agreement' });
    await me.ask({ act: 'watch', key: 'agreement' });
    const whole = await me.watch({ view: 'agreement' }, (v) => !v.stopped && v.progress === null);
    return { stopped, whole };
  });
  const count = ({ controls, against_model }) => controls.length + against_model.length;
  assert.ok(count(told.stopped) < count(told.whole), `${count(told.stopped)} of ${count(told.whole)}`);
  assert.ok(told.whole.controls.length >= 4);
  assert.ok(told.whole.against_model.length >= 3);
});

const CONFIG = '<View><Text name="t" value="$text"/><Labels name="ner" toName="t"><Label value="A"/></Labels></View>';

test('broken files are refused or complained of, and the worker works on', async () => {
  const told = await inPage(async (config) => {
    const file = (name, ...parts) => new File(parts, name);
    const xml = file('c.xml', config);
    const one = '{"data":{"text":"fine"}}';
    const cases = {
      'malformed configuration': [file('c.xml', '<View><Text name="t"'), file('t.json', `[${one}]`)],
      'entity bomb': [file('c.xml', '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><View>&b;</View>'), file('t.json', `[${one}]`)],
      'no configuration': [file('t.json', `[${one}]`)],
      'no tasks': [xml],
      'cut off': [xml, file('t.json', `[${one},{"data":`)],
      'missing field': [xml, file('t.json', `[${one},{"data":{"other":"x"}}]`)],
      'wrong types': [xml, file('t.json', `[${one},{"data":{"text":{"a":1}}},7]`)],
      'duplicate ids': [xml, file('t.json', '[{"id":1,"data":{"text":"a"}},{"id":1,"data":{"text":"b"}}]')],
      'a log with a foreign line': [file('p.countersign', '{"countersign":"project","version":1,"bodies":0,"lines":1}\n{"hello":1}\n')],
      'invalid UTF-8': [xml, file('t.jsonl', `${one}\n{"data":{"text":"`, new Uint8Array([0xff, 0xfe, 0xc3]), '"}}\n')],
      'lone surrogate': [xml, file('t.json', '[{"data":{"text":"a\\ud800b"}}]')],
      'line of 10 MB': [xml, file('t.jsonl', `{"data":{"text":"${'x'.repeat(10_000_000)}"}}\n${one}\n`)],
      'ragged table': [xml, file('t.csv', 'text,b\nfine,1\nx,2,3,4\ny\n')],
      'spans past the end': [xml, file('t.json', '[{"data":{"text":"ab"},"predictions":[{"result":[{"from_name":"ner","to_name":"t","type":"labels","value":{"start":1,"end":99,"labels":["A"]}}]}]}]')],
    };
    const told = {};
    for (const [name, files] of Object.entries(cases)) {
      const { ok, trouble } = await me.openFiles(files);
      told[name] = { code: trouble?.code, complaints: ok?.complaints ?? [] };
    }
    const bom = await me.must({ act: 'open_files', names: ['c.xml', 't.json'] }, [xml, file('t.json', `\ufeff[${one}]`)]);
    told.after = { tasks: (await me.tasks()).length, complaints: bom.ok.complaints };
    return told;
  }, CONFIG);
  assert.deepEqual(told.after, { tasks: 1, complaints: [] });
  delete told.after;
  const silent = Object.entries(told).filter(([, { code, complaints }]) => !code && complaints.length === 0);
  assert.deepEqual(silent, []);
  for (const name of ['malformed configuration', 'entity bomb', 'no configuration', 'no tasks', 'a log with a foreign line']) assert.ok(told[name].code, name);
});

test('offsets name the same words in either text, and Label Studio’s converter takes the file', async () => {
  const words = 'target';
  const texts = [
    `👩‍👩‍👧 mail a.b@example.com then ${words} 😀`,
    `שלום a.b@example.com עולם ${words} مرحبا`,
    `line\r\nmail a.b@example.com\r\n${words}\r\nend`,
    `e\u0301 ${words} and c.d@example.org`,
  ];
  const { covered, raw, shown } = await inPage(async ({ config, texts, words }) => {
    const tasks = JSON.stringify(texts.map((text) => ({ data: { text } })));
    await me.must({ act: 'open_texts', slug: 'offsets', name: 'Offsets', config, tasks, guideline: '' });
    const shown = [];
    for (const { task } of await me.tasks()) {
      const view = await me.hand(task);
      const text = view.fields[0].text;
      shown.push(text);
      const start = [...text.slice(0, text.indexOf(words))].length;
      const span = { start, end: start + words.length, labels: ['A'] };
      const { trouble } = await me.submit(view, [{ control: 'ner', spans: [span] }]);
      if (trouble) throw new Error(JSON.stringify(trouble));
    }
    return { covered: await me.export('label_studio'), raw: await me.export('label_studio', true), shown };
  }, { config: CONFIG, texts, words });
  for (const [name, file, of] of [['covered', covered, shown], ['raw', raw, texts]]) {
    const tasks = JSON.parse(file);
    assert.equal(tasks.length, texts.length);
    for (const task of tasks) {
      assert.ok(of.includes(task.data.text), `${name}: ${JSON.stringify(task.data.text)}`);
      const { start, end, text } = task.annotations[0].result[0].value;
      assert.equal([...task.data.text].slice(start, end).join(''), words, name);
      assert.equal(text, words, name);
    }
  }
  assert.ok(shown.every((text) => !text.includes('@example')));

  const python = join(root, '.tools', 'venv', 'bin', 'python');
  assert.ok(existsSync(python), '.tools/venv is missing: run scripts/setup.sh test');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sdk-'));
  try {
    writeFileSync(join(folder, 'config.xml'), CONFIG);
    writeFileSync(join(folder, 'export.json'), covered);
    const check = join(root, 'tests', 'e2e', 'check_label_studio.py');
    const { status, stdout, stderr } = spawnSync(python, [check, join(folder, 'config.xml'), join(folder, 'export.json')], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('nothing raw is in a message, the log or a covered file; a reveal leaves no value behind', async () => {
  const sample = join(root, 'www', 'samples', 'support-desk');
  const tasks = JSON.parse(readFileSync(join(sample, 'tasks.json'), 'utf8'));
  const rules = JSON.parse(readFileSync(join(sample, 'local-rules.json'), 'utf8'));
  const texts = tasks.flatMap((task) => Object.values(task.data)).filter((value) => typeof value === 'string').join('\n');
  const luhn = (digits) => [...digits].reverse().reduce((sum, d, at) => sum + (at % 2 ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][d] : Number(d)), 0) % 10 === 0;
  const raw = [
    ...rules.deny.map((rule) => rule.text),
    ...(texts.match(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g) ?? []),
    ...(texts.match(/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g) ?? []),
    ...(texts.match(/\b\d(?:[ -]?\d){12,18}\b/g) ?? []).filter((card) => luhn(card.replace(/\D/g, ''))),
  ];
  assert.ok(raw.length > rules.deny.length + 20, `${raw.length} values to look for`);
  const { said, files, log, revealed, purpose } = await inPage(async () => {
    await me.open();
    const purpose = 'to call back';
    for (const { task } of await me.tasks()) await me.submit(await me.hand(task), answersOf('seen'));
    for (const view of ['shell', 'guideline', 'activity', 'agreement', 'people', 'sync']) await me.watch({ view });
    const before = me.said.length;
    const first = (await me.tasks())[0].task;
    const { ok } = await me.must({ act: 'reveal', task: first, path: 'message', purpose });
    const answer = me.said.findIndex((text, at) => at >= before && text.includes('"revealed"'));
    me.said.splice(answer, 1);
    const files = [];
    for (const format of ['label_studio', 'jsonl', 'csv', 'project']) files.push(await me.export(format));
    await me.watch({ view: 'activity' }, (v) => v.rows[0].kind.includes('reveal'));
    return { said: me.said, files, log: await me.log(), revealed: ok.text, purpose };
  });
  assert.equal(revealed, tasks[0].data.message);
  const whole = [...said, ...files, log].join('\n').replaceAll('\\n', '\n');
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const found = (text) => raw.filter((value) => new RegExp(`(?<![\\p{L}\\p{N}])${escape(value)}(?![\\p{L}\\p{N}])`, 'u').test(text));
  assert.ok(found(texts).length > raw.length * 0.9, 'the search finds them where they are');
  assert.deepEqual([...new Set(found(whole))], []);
  assert.equal(events(log).filter((e) => e.type.includes('annotation.submitted')).length, tasks.length);
  const event = events(log).at(-1);
  assert.match(event.type, /reveal/);
  assert.deepEqual(Object.keys(event.data).filter((key) => !['path', 'purpose', 'salt', 'field'].includes(key)), []);
  assert.equal(event.data.purpose, purpose);
  verify(log);
});
