// What a browser may lack, refuse or get wrong, on a page without a screen: two tabs at once, a full disk, no database,
// no Ed25519, no locks, a clock set back. Whatever is acknowledged verifies in the terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gecko } from './browsers.mjs';
import { session } from './lib/chrome.mjs';
import { inPage } from './lib/inpage.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

/// A page of its own storage, in a browser with these tweaks.
async function fresh(tweaks = '') {
  const context = await browser.browser.newContext();
  return { context, page: await tab(context, tweaks) };
}

async function tab(context, tweaks = '') {
  const page = await context.newPage();
  const base = tweaks ? `${server.home}with/${tweaks}/` : server.home;
  await page.goto(`${base}e2e/bare.html`);
  await page.waitForFunction('typeof connect === "function"');
  await page.evaluate(async () => {
    window.me = await connect();
  });
  return page;
}

/// In the page: answers tasks `from` to `to` of the list, and gives the log.
const answer = async ([from, to]) => {
  await me.open();
  for (const { task, ordinal } of (await me.tasks()).slice(from, to)) {
    const { trouble } = await me.submit(await me.hand(task), answersOf(`mark ${ordinal}`));
    if (trouble) throw new Error(JSON.stringify(trouble));
  }
  const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
  return { shell, log: await me.log() };
};

/// No two entries of one log share a place, and clocks only go on.
function ordered(log) {
  const seen = new Map();
  for (const event of events(log)) {
    const before = seen.get(event.source);
    assert.equal(Number(event.sequence), before ? Number(before.sequence) + 1 : 0);
    if (before) assert.ok(event.hlc > before.hlc, `${event.hlc} after ${before.hlc}`);
    seen.set(event.source, event);
  }
}

for (const tweaks of ['', 'no-locks']) {
  test(`two tabs that write at once into one log do not fork it${tweaks && ' (without locks)'}`, async () => {
    const { context, page: one } = await fresh(tweaks);
    try {
      await one.evaluate(() => me.open());
      const two = await tab(context, tweaks);
      await Promise.all([one.evaluate(answer, [0, 25]), two.evaluate(answer, [20, 45])]);
      const all = await Promise.all([one, two].map((page) => page.evaluate(async () => {
        const shell = await me.watch({ view: 'shell' }, (v) => v.done === 45 && v.record !== 'checking');
        const activity = await me.watch({ view: 'activity' }, (v) => v.verified === v.total);
        return { shell, total: activity.total, problems: activity.problems, log: await me.log() };
      })));
      assert.equal(all[0].log, all[1].log);
      for (const { shell, total, problems, log } of all) {
        assert.equal(shell.record, 'verified');
        assert.deepEqual(problems, []);
        assert.equal(total, events(log).length);
      }
      if (tweaks) assert.ok(all[0].shell.warnings.includes('no-locks'));
      ordered(all[0].log);
      assert.equal(verify(all[0].log).logs.length, 1);
    } finally {
      await context.close();
    }
  });
}

test('a full disk is said, keeps nothing by half, and the work goes on when there is room', async () => {
  const { context, page } = await fresh();
  try {
    const cdp = await session({ context, page });
    const origin = new URL(server.home).origin;
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 3_000_000 });
    const full = await page.evaluate(async () => {
      await me.open();
      const rows = await me.tasks();
      const view = await me.hand(rows[0].task);
      const draft = (text) => ({ ...view.draft, answers: answersOf(text) });
      // nothing that a database could compress
      const noise = (bytes) => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))));
      await me.must({ act: 'keep_draft', task: rows[1].task, draft: draft('in hand') });
      // until it is full: at most 3 MB of texts of 16 KB, twice each
      let before, submitted;
      for (let i = 0; i < 250 && !submitted?.trouble; i++) {
        before = await me.log();
        submitted = await me.submit(view, answersOf(noise(12_000)));
      }
      const kept = await me.ask({ act: 'keep_draft', task: rows[1].task, draft: draft(noise(60_000).repeat(50)) });
      const shell = await me.watch({ view: 'shell' });
      const inHand = (await me.watch({ view: 'task', task: rows[1].task })).draft.answers[2];
      return { submitted, kept, done: shell.done, inHand, before, log: await me.log() };
    });
    assert.equal(full.submitted.trouble?.code, 'quota');
    assert.match(full.submitted.trouble.detail, /full/);
    assert.equal(full.kept.trouble?.code, 'quota');
    assert.equal(full.inHand.text, 'in hand');
    assert.equal(full.done, 1);
    assert.equal(full.log, full.before, 'nothing of it was kept');
    await cdp.send('Storage.overrideQuotaForOrigin', { origin });
    const { shell, log } = await page.evaluate(answer, [2, 4]);
    assert.equal(shell.record, 'verified');
    assert.ok(log.startsWith(full.before));
    ordered(log);
    verify(log);
  } finally {
    await context.close();
  }
});

test('without a database the page says so, and what it signs still verifies', async () => {
  const { context, page } = await fresh('no-idb');
  try {
    const { shell, log } = await page.evaluate(answer, [0, 3]);
    assert.ok(shell.warnings.includes('no-indexeddb'), `${shell.warnings}`);
    assert.equal(shell.done, 3);
    verify(log);
  } finally {
    await context.close();
  }
});

test('without Ed25519 of the browser a wrapped software key signs, also after a reload', async () => {
  const { context, page } = await fresh('no-ed25519');
  try {
    const { shell, log } = await page.evaluate(answer, [0, 2]);
    assert.equal(shell.custody, 'software-wrapped');
    const again = await (await tab(context, 'no-ed25519')).evaluate(answer, [2, 4]);
    assert.equal(again.shell.custody, 'software-wrapped');
    assert.ok(again.log.startsWith(log));
    verify(again.log);
    const kept = await page.evaluate(() => new Promise((done, failed) => {
      const request = indexedDB.open('countersign');
      request.onerror = () => failed(request.error);
      request.onsuccess = () => {
        const all = request.result.transaction('key').objectStore('key').getAll();
        all.onsuccess = () => done(all.result.map((record) => ({
          clear: 'clear' in (record?.wrapped ?? {}), extractable: record instanceof CryptoKey && record.extractable,
        })));
      };
    }));
    assert.ok(kept.length >= 2, 'the key and what wraps it');
    for (const record of kept) assert.deepEqual(record, { clear: false, extractable: false });
  } finally {
    await context.close();
  }
});

test('without any WebCrypto the page warns, and signs by itself', async () => {
  const { context, page } = await fresh('no-subtle');
  try {
    const { shell, log } = await page.evaluate(answer, [0, 2]);
    assert.ok(shell.warnings.includes('no-webcrypto'), `${shell.warnings}`);
    assert.equal(shell.custody, 'software-wrapped');
    verify(log);
  } finally {
    await context.close();
  }
});

test('a clock that is set back, or far ahead, does not break the order', async () => {
  const { context, page } = await fresh('clock');
  const DAY = 86_400_000;
  try {
    for (const [days, range] of [[0, [0, 2]], [-1, [2, 4]], [-4000, [4, 6]], [0.002, [6, 8]], [0, [8, 10]]]) {
      await page.evaluate((clock) => me.worker.postMessage({ clock }), days * DAY);
      const { shell, log } = await page.evaluate(answer, range);
      assert.equal(shell.record, 'verified', `${days} days`);
      ordered(log);
      verify(log);
    }
  } finally {
    await context.close();
  }
});

test('Firefox in a private window keeps working, whatever it keeps', async () => {
  const driver = await gecko({ preferences: { 'browser.privatebrowsing.autostart': true } });
  try {
    await driver.get(server.bare);
    const { shell, log } = await inPage(driver)(async () => {
      const me = await connect();
      await me.open();
      for (const { task } of (await me.tasks()).slice(0, 3)) await me.submit(await me.hand(task), answersOf('private'));
      const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking' && v.done === 3);
      return { shell, log: await me.log() };
    });
    assert.equal(shell.record, 'verified');
    verify(log);
  } finally {
    await driver.end();
  }
});
