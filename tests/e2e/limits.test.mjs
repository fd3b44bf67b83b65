// The largest that is promised, in a browser: it opens, it is answered, the page stays usable; past a limit a clear
// refusal. How long it took is told beside each test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webdav } from './lib/storage.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

const CONFIG = `<View><Labels name="ner" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/>
  <Choices name="c" toName="t"><Choice value="yes"/><Choice value="no"/></Choices></View>`;

async function inPage(work, given) {
  const context = await browser.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.bare);
    await page.waitForFunction('typeof connect === "function"');
    await page.evaluate(async () => {
      window.me = await connect();
      window.file = (name, ...parts) => new File(parts, name);
      window.timed = async (work) => {
        const from = performance.now();
        const result = await work();
        return [result, Math.round(performance.now() - from)];
      };
    });
    return await page.evaluate(work, given);
  } finally {
    await context.close();
  }
}

test('100,000 tasks open with progress, are answered and leave; one more is refused', { timeout: 600_000 }, async (t) => {
  const told = await inPage(async (config) => {
    const line = (i) => `{"id":${i},"data":{"text":"Ticket ${i}: please call Ana at +1 555 0100 about the parcel."}}\n`;
    const lines = (count) => Array.from({ length: count }, (_, i) => line(i)).join('');
    const whole = lines(100_000);
    const [opened, ms] = await timed(() => me.openFiles([file('c.xml', config), file('t.jsonl', whole)]));
    if (opened.trouble) throw new Error(JSON.stringify(opened.trouble));
    const progress = me.said.filter((text) => text.includes('"progress"')).map((text) => JSON.parse(text).progress);
    const rows = await me.tasks();
    const [view, handMs] = await timed(() => me.hand(rows[99_999].task));
    const [submitted, submitMs] = await timed(() => me.submit(view, [{ control: 'c', choices: ['yes'] }]));
    const [lines_out, exportMs] = await timed(() => me.export('jsonl'));
    const log = await me.log();
    const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking' && v.done === 1);
    me.worker.terminate();
    me = await connect();
    const slug = opened.ok.slug;
    const [, againMs] = await timed(() => me.open(slug));
    me.worker.terminate();
    me = await connect();
    const more = await me.openFiles([file('c.xml', config), file('t.jsonl', whole, line(100_000))]);
    return {
      ms, handMs, submitMs, exportMs, againMs, progress, rows: rows.length, ordinal: rows[99_999].ordinal, submitted, shell,
      lines: lines_out.split('\n').length - 1, covered: !lines_out.includes('555 0100'), log, more,
    };
  }, CONFIG);
  t.diagnostic(`100,000 tasks: open ${told.ms} ms, again ${told.againMs}, hand ${told.handMs}, submit ${told.submitMs}, export ${told.exportMs}`);
  assert.deepEqual([told.rows, told.ordinal, told.lines], [100_000, 100_000, 100_000]);
  assert.ok(told.covered, 'nothing raw leaves');
  assert.ok(told.progress.length > 3, `${told.progress.length} reports of progress`);
  for (const [i, { done, of }] of told.progress.entries()) assert.ok(done <= of && done >= (told.progress[i - 1]?.done ?? 0));
  assert.equal(told.submitted.trouble, undefined);
  assert.equal(told.shell.record, 'verified');
  verify(told.log);
  assert.equal(told.more.trouble?.code, 'file', JSON.stringify(told.more).slice(0, 500));
  assert.match(told.more.trouble.detail, /more than 100000 tasks/);
});

test('opening a large file is cancelled on the way, and keeps nothing', { timeout: 120_000 }, async () => {
  const told = await inPage(async (config) => {
    const line = (i) => `{"data":{"text":"Ticket ${i}: please call Ana at +1 555 0100 about the parcel."}}\n`;
    const text = Array.from({ length: 90_000 }, (_, i) => line(i)).join('');
    const asked = me.openFiles([file('c.xml', config), file('t.jsonl', text)]);
    // the first question of this worker is number 1
    while (!me.said.some((text) => text.includes('"progress"'))) await new Promise((done) => setTimeout(done));
    me.worker.postMessage([JSON.stringify({ ask: 2, what: { cancel: { ask: 1 } } })]);
    const { trouble } = await asked;
    const kept = await new Promise((done) => {
      const request = indexedDB.open('countersign');
      request.onsuccess = () => {
        const count = request.result.transaction('entry').objectStore('entry').count();
        count.onsuccess = () => done(count.result);
      };
    });
    return { trouble, kept };
  }, CONFIG);
  assert.equal(told.trouble?.code, 'cancelled', JSON.stringify(told));
  assert.equal(told.kept, 0);
});

test('a text of 5 MB opens and is answered; a longer one is left out, a file past 200 MB refused', { timeout: 300_000 }, async (t) => {
  const told = await inPage(async (config) => {
    const text = (length) => 'Some words and é. '.repeat(length / 18 + 1).slice(0, length);
    const bytes = new TextEncoder().encode(text(4_700_000)).length;
    const fits = JSON.stringify({ data: { text: text(4_700_000) } });
    const past = JSON.stringify({ data: { text: text(5_100_000) } });
    const [opened, ms] = await timed(() => me.openFiles([file('c.xml', config), file('t.jsonl', `${fits}\n${past}\n`)]));
    if (opened.trouble) throw new Error(JSON.stringify(opened.trouble));
    const rows = await me.tasks();
    const [view, handMs] = await timed(() => me.hand(rows[0].task));
    const end = [...view.fields[0].text].length;
    const span = (start, end) => ({ control: 'ner', spans: [{ start, end, labels: ['A'] }] });
    const bad = await me.submit(view, [span(end - 3, end + 1)]);
    const [good, submitMs] = await timed(() => me.submit(view, [span(end - 3, end)]));
    const mega = new Blob([new Uint8Array(1_000_000).fill(32)]);
    const huge = await me.openFiles([file('c.xml', config), file('huge.jsonl', ...Array(200).fill(mega), ' ')]);
    return { bytes, ms, handMs, submitMs, rows: rows.length, complaints: opened.ok.complaints, bad, good, huge, log: await me.log() };
  }, CONFIG);
  t.diagnostic(`a text of ${told.bytes} bytes: open ${told.ms} ms, hand ${told.handMs}, submit ${told.submitMs}`);
  assert.equal(told.rows, 1);
  assert.match(told.complaints.map((c) => c.what).join('\n'), /longer than 5000000 bytes/);
  assert.ok(told.bad.trouble, 'a span past the end');
  assert.equal(told.good.trouble, undefined);
  assert.equal(told.huge.trouble?.code, 'file');
  assert.match(told.huge.trouble.detail, /larger than 200 MB/);
  verify(told.log);
});

test('1,000 labels of a taxonomy open and are answered; more than 10,000 are refused', { timeout: 120_000 }, async () => {
  const told = await inPage(async () => {
    const config = (count) => `<View><Text name="t" value="$text"/><Taxonomy name="x" toName="t">${
      Array.from({ length: count }, (_, i) => `<Choice value="label ${i}"/>`).join('')}</Taxonomy></View>`;
    const open = (count) => me.openFiles([file('c.xml', config(count)), file('t.json', '[{"data":{"text":"x"}}]')]);
    const { ok } = await open(1_000);
    const view = await me.hand((await me.tasks())[0].task);
    const { trouble } = await me.submit(view, [{ control: 'x', taxonomy: [['label 999']] }]);
    const unknown = await me.submit(view, [{ control: 'x', taxonomy: [['label 1000']] }]);
    return { complaints: ok.complaints, trouble, unknown, more: await open(10_001) };
  });
  assert.deepEqual(told.complaints, []);
  assert.equal(told.trouble, undefined);
  assert.ok(told.unknown.trouble);
  assert.match(told.more.trouble?.detail ?? '', /more than 10000 choices/);
});

test('2,000 spans in 100 KB are submitted, verified, taken away; a changed bit is refused; past 4 MB a refusal', { timeout: 120_000 }, async (t) => {
  const told = await inPage(async (config) => {
    const text = Array.from({ length: 14_500 }, (_, i) => `word${i % 100}`.padEnd(6)).join(' ').slice(0, 102_400);
    const tasks = JSON.stringify([{ data: { text } }, { data: { text } }]);
    await me.must({ act: 'open_texts', slug: 'large', name: 'Large', config, tasks, guideline: '' });
    const spans = (count) => [{ control: 'ner', spans: Array.from({ length: count }, (_, i) => ({
      start: (i * 50) % 100_000, end: (i * 50) % 100_000 + 12, labels: ['A'], id: `r${i}` })) }];
    const rows = await me.tasks();
    const [submitted, ms] = await timed(async () => me.submit(await me.hand(rows[0].task), spans(2_000)));
    const view = await me.hand(rows[1].task);
    const past = await me.submit(view, spans(90_000));
    me.worker.terminate();
    me = await connect();
    await me.open('large');
    const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking' && v.done > 0);
    return { submitted, ms, past, shell, log: await me.log(), files: [await me.export('label_studio'), await me.export('jsonl')] };
  }, CONFIG);
  t.diagnostic(`2,000 spans: submit ${told.ms} ms`);
  assert.equal(told.submitted.trouble, undefined, JSON.stringify(told.submitted).slice(0, 500));
  assert.equal(told.past.trouble?.code, 'too-large');
  assert.match(told.past.trouble.detail, /at most 4194304 fit/);
  assert.deepEqual([told.shell.record, told.shell.done], ['verified', 1]);
  verify(told.log);
  const event = events(told.log).find((e) => e.type.includes('annotation.submitted'));
  assert.match(event.dataref, /^data\/[0-9a-f]{64}\.json$/);
  assert.equal(event.data.answers[0].spans.length, 2_000);
  assert.equal(JSON.parse(told.files[0])[0].annotations[0].result.length, 2_000);
  assert.ok(told.files[1].length > 100_000);
  const at = told.log.indexOf('"spans":') + 60_000;
  const changed = told.log.slice(0, at) + (told.log[at] === '1' ? '2' : '1') + told.log.slice(at + 1);
  assert.throws(() => verify(changed), /ended with 1/);
});

test('an answer of 2,000 spans goes through storage to another browser, and verifies there', { timeout: 120_000 }, async () => {
  const place = await webdav();
  const contexts = [await browser.browser.newContext(), await browser.browser.newContext()];
  try {
    const [one, two] = await Promise.all(contexts.map(async (context) => {
      const page = await context.newPage();
      await page.goto(server.bare);
      await page.waitForFunction('typeof connect === "function"');
      await page.evaluate(async (place) => {
        window.me = await connect();
        window.store = async (received) => {
          const [endpoint, credentials] = [place.endpoint, place.credentials].map((part) => JSON.stringify(part));
          await me.must({ act: 'set_endpoint', endpoint, credentials });
          await me.watch({ view: 'sync' }, ({ endpoints: [e] }) => e?.state === 'idle' && e.pending === 0 && e.sent > 0 && e.received >= received);
        };
      }, { endpoint: place.endpoint, credentials: place.credentials });
      return page;
    }));
    const { invitation, submitted, log } = await one.evaluate(async (config) => {
      const text = 'Some words. '.repeat(8_600);
      await me.must({ act: 'open_texts', slug: 'large', name: 'Large', config, tasks: JSON.stringify([{ data: { text } }]), guideline: '' });
      const spans = Array.from({ length: 2_000 }, (_, i) => ({ start: i * 50, end: i * 50 + 12, labels: ['A'], id: `r${i}` }));
      const submitted = await me.submit(await me.hand((await me.tasks())[0].task), [{ control: 'ner', spans }]);
      await store(0);
      const { invitation } = await me.watch({ view: 'people' }, (v) => v.invitation);
      return { invitation, submitted, log: await me.log() };
    }, CONFIG);
    assert.equal(submitted.trouble, undefined);
    const found = await two.evaluate(async ({ invitation, home }) => {
      await me.must({ act: 'join', invitation: `${home}#${invitation}`, profile: 'Ben' });
      await store(1);
      await me.watch({ view: 'activity' }, (v) => v.total > 5 && v.verified === v.total);
      await me.watch({ view: 'tasks' }, (v) => v.chunks.flat().length === 1);
      const { record } = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
      return { record, log: await me.log() };
    }, { invitation, home: server.home });
    assert.equal(found.record, 'verified');
    const large = log.split('\n').find((line) => line.length > 100_000);
    assert.ok(found.log.split('\n').includes(large), 'the same line, byte for byte');
    verify(found.log.split('\n').filter((line) => line.includes(`"source":"${JSON.parse(large).source}"`)).join('\n') + '\n');
  } finally {
    for (const context of contexts) await context.close();
    await place.close();
  }
});

test('a page with 100,000 tasks answers the keyboard', { timeout: 600_000 }, async (t) => {
  const context = await browser.browser.newContext({ viewport: { width: 1400, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(() => {
      window.longest = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
      }).observe({ type: 'longtask' });
    });
    await page.goto(server.home);
    const labeler = page.locator('countersign-labeler');
    await labeler.getByRole('button', { name: /^Submit/ }).waitFor();
    const from = Date.now();
    await page.evaluate((config) => {
      const tasks = Array.from({ length: 100_000 }, (_, i) => ({ data: { text: `Ticket ${i}: where is my parcel?` } }));
      const text = JSON.stringify(tasks);
      window.longest = 0;
      return document.querySelector('countersign-labeler').openProject({ slug: 'many', name: 'Many', config, tasks: text, guideline: '' });
    }, CONFIG);
    await labeler.getByRole('heading', { name: /Task 1 of 100[,.\s]?000/ }).waitFor({ timeout: 300_000 });
    const opened = Date.now() - from;
    const opening = await page.evaluate(() => window.longest);
    await page.evaluate(() => { window.longest = 0; });
    await labeler.getByText('yes', { exact: true }).first().click();
    await labeler.getByRole('button', { name: /^Submit/ }).click();
    await labeler.getByRole('heading', { name: /Task 2 of 100[,.\s]?000/ }).waitFor({ timeout: 60_000 });
    const working = await page.evaluate(() => window.longest);
    t.diagnostic(`100,000 tasks in the page: open ${opened} ms; longest task of the page ${Math.round(opening)} ms while opening, ${Math.round(working)} ms at work`);
  } finally {
    await context.close();
  }
});
