// Measures the page in Chromium against the release build: bytes, time to the first task, an action until it is painted
// and until it is durable, signing, verifying, and a large text with many spans. Prints a table. The figures of peers
// were taken once on a quiet machine of the same kind; only what was measured side by side is a ratio.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { start } from '../tests/e2e/lib/chrome.mjs';
import { dist, host } from '../tests/e2e/lib/host.mjs';

const rows = [];
const note = (what, value, against = '') => rows.push([what, value, against]);
const ms = (value) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
const kb = (bytes) => `${(bytes / 1024).toFixed(0)} KB`;
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const spread = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${ms(at(sorted, 0.5))}, p99 ${ms(at(sorted, 0.99))} (${sorted.length})`;
};

const server = await host();
const browser = await start();

/// A page of its own storage, with the times of its first task in `window.marks`.
async function visit(path = '') {
  const context = await browser.browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.marks = {};
    document.addEventListener('DOMContentLoaded', () => document.querySelector('countersign-labeler')?.addEventListener('shown', () => {
      // shown is told when the task is there to be drawn: the frame after it counts
      requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => { marks.ready ??= performance.now(); }; c.port2.postMessage(0); });
    }));
    /** Listens for a key; `painted` then settles with the time from the event itself to after the next frame. */
    window.listen = (key) => {
      window.painted = new Promise((done) => window.addEventListener('keydown', function heard(event) {
        if (event.key !== key) return;
        window.removeEventListener('keydown', heard, true);
        requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => done(performance.now() - event.timeStamp); c.port2.postMessage(0); });
      }, true));
    };
  });
  await page.goto(server.home + path);
  return { page, context };
}
/// Presses a key, and answers the time until what it did is painted.
async function pressed(page, chord) {
  await page.evaluate((key) => window.listen(key), chord.split('+').at(-1));
  await page.keyboard.press(chord);
  return page.evaluate(() => window.painted);
}
const task = (page) => page.locator('countersign-labeler');
const firstTask = (page) => task(page).getByRole('button', { name: /^Submit/ }).waitFor();

async function bytesAndFirstTask() {
  const times = [];
  for (let i = 0; i < 5; i++) {
    server.asked.length = 0;
    const { page, context } = await visit();
    await page.waitForFunction(() => window.marks.ready !== undefined);
    times.push(await page.evaluate(() => marks.ready));
    if (i === 0) {
      // what loads when the task is drawn does not count
      const asked = server.asked.map(({ url }) => url.split('?')[0].replace(/\/$/, '/index.html').slice(1));
      const later = asked.findIndex((path) => path.endsWith('_rest.wasm'));
      const paths = [...new Set(later < 0 ? asked : asked.slice(0, later))];
      let raw = 0, small = 0;
      for (const path of paths.filter((p) => existsSync(join(dist, p)))) {
        raw += statSync(join(dist, path)).size;
        small += existsSync(join(dist, `${path}.br`)) ? statSync(join(dist, `${path}.br`)).size : brotliCompressSync(readFileSync(join(dist, path))).length;
      }
      note('bytes until the first task, raw', kb(raw), 'Label Studio 1.23.2: 7,607 KB, 35 requests');
      note('bytes until the first task, brotli', kb(small), `${paths.length} requests; Label Studio’s editor alone 697 KB`);
    }
    await context.close();
  }
  note('navigation to the first task', spread(times), 'Label Studio 1.23.2: 3,149 ms');
}

async function actions() {
  const { page, context } = await visit();
  await task(page).getByRole('button', { name: /^Accept/ }).waitFor();
  await task(page).getByRole('button', { name: 'Command palette' }).focus();
  const painted = [];
  for (let i = 0; i < 60; i++) {
    painted.push(await pressed(page, i % 2 ? 'Control+z' : 'a'));
  }
  note('key press to painted (accept, undo)', spread(painted), 'budget 50 ms');
  await context.close();
}

async function record() {
  const { page, context } = await visit('e2e/bare.html');
  await page.waitForFunction('typeof connect === "function"');
  const { drafts, submits, seconds, opened, entries } = await page.evaluate(async () => {
    const me = await connect();
    await me.open();
    const view = await me.hand((await me.tasks())[0].task);
    const answers = [{ control: 'intent', choices: ['Delivery'] }, { control: 'topic', taxonomy: [['Order', 'Delivery', 'Late']] }];
    const timed = async (count, work) => {
      const times = [];
      for (let i = 0; i < count; i++) {
        const from = performance.now();
        await work(i);
        times.push(performance.now() - from);
      }
      return times;
    };
    const drafts = await timed(200, () => me.must({ act: 'keep_draft', task: view.task, draft: { ...view.draft, answers } }));
    const from = performance.now();
    const submits = await timed(1000, () => me.submit(view, answers));
    const seconds = (performance.now() - from) / 1000;
    me.worker.terminate();
    const other = await connect();
    const again = performance.now();
    await other.open();
    const { total } = await other.watch({ view: 'activity' }, (v) => v.total > 0);
    await other.watch({ view: 'shell' }, (v) => v.record === 'verified');
    return { drafts, submits, seconds, opened: (performance.now() - again) / 1000, entries: total };
  });
  note('an edit until it is durable', spread(drafts));
  note('a submit until it is signed and durable', spread(submits));
  note('sign and append', `${Math.round(submits.length / seconds)} a second`);
  note('open and verify', `${Math.round(entries / opened)} entries a second (${entries} entries)`);
  await context.close();
}

async function largeText() {
  const words = Array.from({ length: 14_500 }, (_, i) => `word${i % 100}`.padEnd(6));
  const text = words.join(' ').slice(0, 102_400);
  const result = Array.from({ length: 2000 }, (_, i) => ({
    from_name: 'ner', to_name: 't', type: 'labels', value: { start: i * 50, end: i * 50 + 12, labels: ['A'] },
  }));
  const config = '<View><Labels name="ner" toName="t"><Label value="A"/><Label value="B"/></Labels><Text name="t" value="$text"/></View>';
  const tasks = JSON.stringify([{ data: { text }, predictions: [{ model_version: 'm', result }] }]);
  const { page, context } = await visit();
  await firstTask(page);
  const labeler = task(page);
  await page.evaluate(({ config, tasks }) => document.querySelector('countersign-labeler')
    .openProject({ slug: 'large', name: 'Large', config, tasks, guideline: '' }), { config, tasks });
  await labeler.getByRole('heading', { name: 'Task 1 of 1' }).waitFor();
  await labeler.getByRole('button', { name: /^Accept/ }).waitFor();
  await labeler.getByRole('button', { name: 'Command palette' }).focus();
  note('100 KB of text: draw 2,000 spans', ms(await pressed(page, 'a')), 'Label Studio 1.23.2: 15,972 ms');
  await labeler.getByRole('textbox', { name: /^Text/ }).focus();
  const adds = [];
  for (let i = 0; i < 20; i++) {
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
    for (let step = 0; step < 3; step++) await page.keyboard.press('Shift+ArrowRight');
    adds.push(await pressed(page, '1'));
  }
  const spans = await labeler.getByText(/^\d[\d,]* spans?$/).first().innerText().catch(() => '');
  note(`add one span more${spans && ` (${spans} now)`}`, spread(adds), 'Label Studio 1.23.2: 1,037 to 1,498 ms');
  await context.close();
}

try {
  for (const part of [bytesAndFirstTask, actions, record, largeText]) {
    try {
      await part();
    } catch (error) {
      note(part.name, `failed: ${error.message.split('\n')[0]}`);
      process.exitCode = 1;
    }
  }
} finally {
  await browser.end();
  await server.close();
}
const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)) + 2);
console.log(`\nthe page in Chromium, load average ${loadavg()[0].toFixed(1)}`);
for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('').trimEnd());
