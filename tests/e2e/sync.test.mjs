// Two people in two browsers, through a real bucket and a real WebDAV folder: the sync worker as the page loads it,
// without the screen. What arrives is judged by the other browser's own verification.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium, root, until } from './browsers.mjs';
import { host } from './lib/host.mjs';
import { s3, webdav } from './lib/storage.mjs';

const dist = process.env.DIST ?? join(root, 'dist');
let page;
before(async () => {
  assert.ok(existsSync(join(dist, 'pkg', 'sync_bg.wasm')), `${dist} holds no sync worker: run make build first`);
  page = await host({ dir: dist });
});
after(() => page?.close());

/// In the page: the least that speaks to the compute worker.
const connect = (done) => {
  const worker = new Worker('/compute.js', { type: 'module' });
  const me = { views: {}, waiting: new Map(), number: 0 };
  worker.onmessage = ({ data: [text] }) => {
    const [[name, tell]] = Object.entries(JSON.parse(text));
    if (name === 'ready') done('ready');
    if (name === 'view') me.views[JSON.stringify(tell.key)] = tell.view;
    if (name === 'answer') { me.waiting.get(tell.ask)?.(tell.result); me.waiting.delete(tell.ask); }
  };
  worker.onerror = (event) => done(`failed: ${event.message}`);
  me.ask = (what) => new Promise((answer) => {
    const ask = ++me.number;
    me.waiting.set(ask, answer);
    worker.postMessage([JSON.stringify({ ask, what })]);
  });
  window.me = me;
};

/// In the page: all that its databases hold, as one text.
const everything = async (done) => {
  const open = (request) => new Promise((ok, failed) => { request.onsuccess = () => ok(request.result); request.onerror = failed; });
  const db = await open(indexedDB.open('countersign'));
  const tx = db.transaction([...db.objectStoreNames]);
  const all = await Promise.all([...db.objectStoreNames].map((name) => open(tx.objectStore(name).getAll())));
  db.close();
  done(JSON.stringify(all));
};

class Person {
  static async at() {
    const person = new Person();
    person.driver = await chromium();
    await person.driver.manage().setTimeouts({ script: 60_000 });
    // a page without elements: theirs would be a second worker that opens the same project
    await person.driver.get(page.bare);
    assert.equal(await person.driver.executeAsyncScript(`(${connect})(arguments[0])`), 'ready');
    return person;
  }

  async ask(what) {
    const said = await this.driver.executeAsyncScript('const [what, done] = arguments; me.ask(what).then(done)', what);
    assert.ok('Ok' in said, `${JSON.stringify(what).slice(0, 80)}: ${JSON.stringify(said)}`);
    return said.Ok;
  }

  async view(key) {
    const found = await this.driver.executeScript('return me.views[JSON.stringify(arguments[0])] ?? null', key);
    // a view says its kind by name
    return found && Object.values(found)[0];
  }

  /// Watches a view until it is as wanted.
  async sees(key, what, wanted) {
    await this.ask({ watch: { key } });
    let last;
    try {
      return await until(what, async () => { last = await this.view(key); return last && wanted(last) && last; }, 60_000);
    } catch (error) {
      throw new Error(`${error.message}\n${JSON.stringify(last)?.slice(0, 2000)}`);
    }
  }

  async store(place) {
    const [endpoint, credentials] = [place.endpoint, place.credentials].map((part) => JSON.stringify(part));
    await this.ask({ set_endpoint: { endpoint, credentials } });
  }

  quiet(what, more = () => true) {
    return this.sees('sync', what, ({ endpoints: [e] }) => e?.state === 'idle' && e.pending === 0 && e.last_ok && more(e));
  }
}

for (const [name, start] of [['a bucket', s3], ['a WebDAV folder', webdav]]) {
  test(`two browsers converge through ${name}`, { timeout: 240_000 }, async () => {
    const place = await start();
    const people = [];
    try {
      const [anna, ben] = await Promise.all([Person.at(), Person.at()]);
      people.push(anna, ben);
      await anna.ask({ open: { slug: 'support-desk', profile: 'Anna' } });
      await anna.store(place);
      await anna.quiet('Anna’s record to be stored', (e) => e.sent > 0);
      const { invitation } = await anna.sees('people', 'an invitation', (v) => v.invitation);
      assert.ok(!invitation.includes('SKTEST') && !Buffer.from(invitation, 'base64url').includes('secret'));

      await ben.ask({ join: { invitation: `${page.home}#${invitation}`, profile: 'Ben' } });
      const waiting = await ben.sees('sync', 'the endpoint of the invitation', ({ endpoints: [e] }) => e);
      assert.equal(waiting.endpoints[0].state, 'needs-credentials');
      await ben.store(place);
      await ben.quiet('Ben’s record to be stored', (e) => e.sent > 0 && e.received > 0);
      const { chunks } = await ben.sees('tasks', 'the covered tasks', (v) => v.chunks.flat().length >= 60);
      assert.ok(chunks.flat().length >= 60);

      await anna.ask({ sync_now: {} });
      const asking = await anna.sees('people', 'Ben’s request', (v) => v.requests?.length > 0);
      const [{ device, authid }] = asking.requests;
      await anna.ask({ grant: { key: device, authid, roles: ['annotator'] } });
      await anna.quiet('the grant to be stored');

      // Ben works, Anna receives: both records end up the same, verified by each
      await ben.ask({ sync_now: {} });
      await ben.sees('people', 'the grant', (v) => v.members.some((m) => m.own));
      const [before] = (await ben.view('sync')).endpoints;
      const { in_hand } = await ben.ask({ open_task: { task: null } });
      await ben.ask({ skip: { task: in_hand.task, reason: 'unreadable' } });
      await ben.quiet('Ben’s work to be stored', (e) => e.sent > before.sent);
      const total = (await ben.sees('activity', 'Ben’s record', (v) => v.verified === v.total)).total;
      await anna.ask({ sync_now: {} });
      const whole = await anna.sees('activity', 'Ben’s work', (v) => v.total >= total && v.verified === v.total);
      assert.deepEqual([whole.total, whole.problems, whole.logs.length], [total, [], 2]);

      // nothing that the owner covered is on the other device, nor at the endpoint's door
      const kept = await ben.driver.executeAsyncScript(`(${everything})(arguments[0])`);
      assert.ok(kept.length > 50_000, 'the other device holds the project');
      const raw = [...readFileSync(join(root, 'www/samples/support-desk/tasks.json'), 'utf8').matchAll(/[\w.+-]+@[\w-]+\.[\w.]+\w/g)];
      assert.ok(raw.length > 10);
      assert.deepEqual(raw.map(([mail]) => mail).filter((mail) => kept.includes(mail)), []);
      const errors = (await anna.view('sync')).endpoints.concat((await ben.view('sync')).endpoints).map((e) => e.error);
      assert.deepEqual(errors, [null, null]);
    } finally {
      for (const person of people) await person.driver.end();
      await place.close();
    }
  });
}
