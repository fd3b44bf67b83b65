// What a browser may refuse or lose of what it keeps: a database that does not open, entries that are gone, bits that
// changed. Nothing is written over, and each is told with the place or the next step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

/// Scripts that a worker begins with here: the database as some browser has it. `ways` is how a request to open it ends.
const DATABASE = (ways) => `
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (name, ...rest) {
    if (name !== 'countersign') return open.call(this, name, ...rest);
    ${ways}
  };`;
const FAILS = (name) => DATABASE(`
  const request = { error: new DOMException('as a browser says it', '${name}') };
  setTimeout(() => request.onerror(new Event('error')));
  return request;`);

async function inPage(work, { given, script = '' } = {}) {
  const context = await browser.browser.newContext();
  try {
    const page = await context.newPage();
    if (script) {
      await page.route('**/compute.js*', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: `{ ${script} }\n${await answer.text()}` });
      });
    }
    await page.goto(server.bare);
    await page.waitForFunction('typeof connect === "function"');
    await page.evaluate(async () => {
      window.me = await connect();
      /** All of a store of the database, or what `change` does to it, behind the worker's back. */
      window.stores = (names, change) => new Promise((done, failed) => {
        const request = indexedDB.open('countersign');
        request.onerror = () => failed(request.error);
        request.onsuccess = () => {
          const tx = request.result.transaction(names, 'readwrite', { durability: 'strict' });
          const result = {};
          const all = (name) => new Promise((given) => {
            const keys = tx.objectStore(name).getAllKeys();
            keys.onsuccess = () => {
              const values = tx.objectStore(name).getAll();
              values.onsuccess = () => given(keys.result.map((key, at) => [key, values.result[at]]));
            };
          });
          change(tx, all, result);
          tx.oncomplete = () => { request.result.close(); done(result); };
          tx.onabort = () => failed(tx.error);
        };
      });
      /** Answers tasks of the sample from one place of the list to another. */
      window.work = async (from, to) => {
        for (const { task } of (await me.tasks()).slice(from, to)) {
          const { trouble } = await me.submit(await me.hand(task), answersOf('mark'));
          if (trouble) throw new Error(JSON.stringify(trouble));
        }
      };
    });
    return await page.evaluate(work, given);
  } finally {
    await context.close();
  }
}

for (const [what, script, code, says] of [
  ['written by a later page', FAILS('VersionError'), 'newer', /reload the page/],
  ['that the browser cannot read', FAILS('UnknownError'), 'damaged', /nothing was changed/],
  ['without room', FAILS('QuotaExceededError'), 'quota', /free some space/],
  ['held by an older tab', DATABASE('const request = {}; setTimeout(() => request.onblocked({})); return request;'), 'blocked', /close that tab/],
]) {
  test(`a database ${what} is told with the next step, and nothing takes its place`, async () => {
    const { trouble } = await inPage(() => me.ask({ act: 'open', slug: 'support-desk', profile: 'me' }), { script });
    assert.equal(trouble?.code, code, JSON.stringify(trouble));
    assert.match(trouble.detail, says);
  });
}

for (const [what, script] of [
  ['is refused at once', DATABASE("throw new DOMException('no', 'SecurityError');")],
  ['is refused later, as in a private window', FAILS('InvalidStateError')],
]) {
  test(`a database that ${what} leaves the page working, with a warning`, async () => {
    const { warnings, log } = await inPage(async () => {
      await me.open();
      await work(0, 2);
      return { warnings: (await me.watch({ view: 'shell' })).warnings, log: await me.log() };
    }, { script });
    assert.ok(warnings.includes('no-indexeddb'), `${warnings}`);
    verify(log);
  });
}

test('a real database of a later version is told too', async () => {
  const trouble = await inPage(async () => {
    await new Promise((done) => {
      const request = indexedDB.open('countersign', 99);
      request.onsuccess = () => { request.result.close(); done(); };
    });
    return (await me.ask({ act: 'open', slug: 'support-desk', profile: 'me' })).trouble;
  });
  assert.equal(trouble?.code, 'newer');
});

for (const [what, places] of [['the last entries', [-2, undefined]], ['an entry in the middle', [8, 9]], ['every entry', [0, undefined]]]) {
  test(`${what} gone from the database: told with the place, and nothing is written over it`, async () => {
    const told = await inPage(async (places) => {
      await me.open();
      await work(0, 6);
      const whole = await me.log();
      me.worker.terminate();
      const [first] = await stores(['entry', 'body'], async (tx, all, result) => {
        const keys = (await all('entry')).map(([key]) => key);
        result.gone = keys.slice(...places);
        for (const key of result.gone) for (const store of ['entry', 'body']) tx.objectStore(store).delete(key);
      }).then(({ gone }) => gone);
      const before = await stores(['entry', 'head'], async (tx, all, result) => Object.assign(result, { entry: await all('entry'), head: await all('head') }));
      me = await connect();
      const opened = await me.ask({ act: 'open', slug: 'support-desk', profile: 'me' });
      let shell, problems, refused;
      if (opened.ok) {
        shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
        ({ problems } = await me.watch({ view: 'activity' }));
        const rows = (await me.tasks()).filter((row) => row.status === 'todo');
        refused = rows.length ? await me.ask({ act: 'skip', task: rows[0].task, reason: 'unreadable' }) : { trouble: { code: 'record-broken' } };
      }
      const after = await stores(['entry', 'head'], async (tx, all, result) => Object.assign(result, { entry: await all('entry'), head: await all('head') }));
      return { opened, shell, problems, refused, before, after, place: Number(first.split('\u0001')[2]), entries: whole.split('\n').length - 1 };
    }, { given: places });
    assert.deepEqual(told.after, told.before, 'nothing was written');
    assert.equal(told.shell?.record, 'broken', JSON.stringify(told.opened));
    assert.deepEqual(told.problems.map(({ at, code }) => [at, code]), [[told.place, 'entries-lost']]);
    assert.equal(told.refused.trouble?.code, 'record-broken', JSON.stringify(told.refused));
  });
}

test('the whole record gone while the page is open: the next answer is refused, not begun anew', async () => {
  const { refused, entries } = await inPage(async () => {
    await me.open();
    await work(0, 3);
    const rows = await me.tasks();
    await stores(['entry', 'body', 'head'], (tx) => ['entry', 'body', 'head'].forEach((name) => tx.objectStore(name).clear()));
    const refused = await me.ask({ act: 'skip', task: rows[4].task, reason: 'unreadable' });
    const { entry } = await stores(['entry'], async (tx, all, result) => Object.assign(result, { entry: await all('entry') }));
    return { refused, entries: entry.length };
  });
  assert.equal(refused.trouble?.code, 'record-broken', JSON.stringify(refused));
  assert.equal(entries, 0);
});

for (const slow of [false, true]) {
  test(`a bit that changed in the database is found at its place${slow ? ' (without WebCrypto)' : ''}`, async () => {
    const script = slow ? "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });" : '';
    const found = await inPage(async () => {
      await me.open();
      await work(0, 4);
      const other = (c) => (c === 'A' ? 'B' : 'A');
      const places = [
        ['entry', 5, (text) => text.replace(/(?<="jws":"[^"]{240})./, other)],
        ['body', 9, (text) => text.replace(/.(?="}$)/, other)],
      ];
      const found = [];
      for (const [store, at, change] of places) {
        me.worker.terminate();
        let kept;
        await stores([store], async (tx, all) => {
          const [key, text] = (await all(store))[at];
          kept = [key, text];
          if (change(text) === text) throw new Error('unchanged');
          tx.objectStore(store).put(change(text), key);
        });
        me = await connect();
        await me.open();
        const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
        const { problems } = await me.watch({ view: 'activity' }, (v) => v.problems.length > 0);
        found.push({ at, record: shell.record, problems });
        me.worker.terminate();
        await stores([store], (tx) => tx.objectStore(store).put(kept[1], kept[0]));
        me = await connect();
      }
      await me.open();
      const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
      const { verified, total } = await me.watch({ view: 'activity' }, (v) => v.verified === v.total);
      return { found, whole: [shell.record, verified === total], log: await me.log() };
    }, { script });
    for (const { at, record, problems } of found.found) {
      assert.equal(record, 'broken');
      assert.deepEqual(problems.map((p) => p.at), [at], JSON.stringify(problems));
    }
    assert.deepEqual(found.whole, ['verified', true]);
    verify(found.log);
  });
}

test('what another tab writes is read from where it begins, and verified', async () => {
  const { reads, log, total, verified } = await inPage(async () => {
    await me.open();
    await work(0, 20);
    const other = await connect();
    await other.open();
    await other.watch({ view: 'shell' }, (v) => v.record === 'verified');
    const before = (await other.watch({ view: 'activity' })).total;
    await work(20, 25);
    const activity = await other.watch({ view: 'activity' }, (v) => v.total > before + 9 && v.verified === v.total);
    const shell = await other.watch({ view: 'shell' }, (v) => v.record === 'verified' && v.done === 25);
    // the other tab goes on at once, behind what this one wrote
    const view = await other.hand((await other.tasks())[30].task);
    const { trouble } = await other.submit(view, answersOf('after'));
    return { reads: shell.done, log: await other.log(), total: activity.total, verified: activity.verified, trouble };
  });
  assert.deepEqual([reads, verified], [25, total]);
  assert.equal(events(log).filter((e) => e.type.includes('annotation.submitted')).length, 26);
  verify(log);
});
