// Kills the browser at random moments while a person labels as fast as it acknowledges, then opens it again: what was
// acknowledged is there, the annotation in hand too, and the chain verifies. KILLS and SEED may be given.
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newProfile, start } from './lib/chrome.mjs';
import { host } from './lib/host.mjs';
import { events, verify } from './lib/terminal.mjs';

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const TERMINAL_EVERY = 10;

/// mulberry32: small, and the same everywhere.
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/// In the page: labels without end. Every answer of the worker goes to the console at once, so that it is outside
/// before the browser dies.
const drive = async (from) => {
  const tell = (what) => console.debug(`countersign:test:${JSON.stringify(what)}`);
  const rows = await window.me.tasks();
  for (let mark = from; ; ) {
    const { task } = rows[mark % rows.length];
    const view = await me.hand(task);
    const draft = { ...view.draft, done: [], undone: [] };
    for (let i = 0; i < 3; i++) {
      draft.answers = answersOf(`mark ${++mark}`);
      tell({ asked: 'draft', task, mark });
      await me.must({ act: 'keep_draft', task, draft });
      tell({ kept: 'draft', task, mark });
    }
    tell({ asked: 'submit', task, mark });
    const { ok, trouble } = await me.submit(view, draft.answers);
    if (trouble) throw new Error(JSON.stringify(trouble));
    tell({ kept: 'submit', task, mark, sequence: ok.sequence });
  }
};

/// In the page: opens and says what is there.
const look = async () => {
  window.me = await connect('?trace');
  await me.open();
  const rows = await me.tasks();
  const drafts = {};
  for (const row of rows.filter((r) => r.status === 'draft')) {
    drafts[row.task] = (await me.watch({ view: 'task', task: row.task })).draft.answers;
    await me.unwatch({ view: 'task', task: row.task });
  }
  const { warnings } = await me.watch({ view: 'shell' });
  return { drafts, warnings, log: await me.log() };
};

const recordHolds = () => window.me.watch({ view: 'shell' }, (v) => v.record !== 'checking').then((v) => v.record);

const markOf = (answers) => Number(answers?.find((a) => a.control === 'correction')?.text?.slice(5) ?? NaN);

test(`${KILLS} kills while labeling lose nothing that was acknowledged (seed ${SEED})`, { timeout: 600_000 }, async (t) => {
  const server = await host();
  const profile = newProfile();
  const next = random(SEED);
  const fell = { lock: 0, sign: 0, put: 0, draft: 0, submit: 0, between: 0 };
  const known = { submits: [], inHand: new Map(), log: '', mark: 0 };
  let browser = null;
  t.diagnostic(`seed ${SEED}`);

  /// Opens the profile again and holds it to what is known.
  const reopen = async (round) => {
    browser = await start({ profile });
    const { page } = browser;
    const heard = [];
    const ears = new Set();
    page.on('console', (message) => {
      const text = message.text();
      if (!text.startsWith('countersign:')) return;
      heard.push(text.slice('countersign:'.length));
      for (const ear of ears) ear(heard.at(-1));
    });
    await page.goto(server.bare);
    await page.waitForFunction('typeof connect === "function"');
    const found = await page.evaluate(look);
    assert.deepEqual(found.warnings, [], `round ${round}`);
    const lines = events(found.log);
    const had = events(known.log).length;
    assert.ok(
      found.log.startsWith(known.log),
      `round ${round}: the ${had} entries of the last opening are still the beginning, found ${lines.length}`,
    );
    for (const { task, mark, sequence } of known.submits) {
      const event = lines[sequence];
      assert.equal(event?.subject, task, `round ${round}: the acknowledged answer ${mark} is at ${sequence}`);
      assert.equal(markOf(event.data.answers), mark, `round ${round}: answer ${mark}`);
      // the rationale is an event of its own, and came in the same transaction
      assert.equal(lines[sequence + 1]?.causationid, event.id, `round ${round}: the rationale of ${mark}`);
    }
    for (const [task, kept] of known.inHand) {
      // the browser may have done more than it could still say: then a later one is in hand, or was submitted
      const sealed = lines.some((e) => e.subject === task && markOf(e.data?.answers) >= kept);
      const drafted = markOf(found.drafts[task]) >= kept;
      assert.ok(sealed !== drafted, `round ${round}: the acknowledged draft ${kept} is in hand or in the log (found ${markOf(found.drafts[task])})`);
    }
    assert.equal(await page.evaluate(recordHolds), 'verified', `round ${round}: the page verifies its record`);
    if (round % TERMINAL_EVERY === 0) verify(found.log);
    known.log = found.log;
    known.submits = [];
    known.inHand = new Map();
    return { heard, ears };
  };

  try {
    for (let round = 0; round < KILLS; round++) {
      const { heard, ears } = await reopen(round);
      const from = heard.length;
      const trouble = browser.page.evaluate(drive, known.mark).catch((error) => error);
      const first = new Promise((go) => ears.add((text) => text.startsWith('test:{"kept"') && go()));
      const failed = await Promise.race([first, trouble]);
      if (failed) throw failed;
      // half of the kills come after a while, half when a phase was just entered for the nth time
      if (next() < 0.5) {
        await new Promise((go) => setTimeout(go, next() * 150));
      } else {
        const phase = ['lock', 'sign', 'put'][Math.floor(next() * 3)];
        let left = 1 + Math.floor(next() * 6);
        await new Promise((go) => ears.add((text) => text === `phase:${phase}` && --left === 0 && go()));
      }
      await browser.kill();
      count(heard.slice(from));
    }
    await reopen(0);
    await browser.kill();
    t.diagnostic(`kills that fell in: ${Object.entries(fell).map(([phase, n]) => `${phase} ${n}`).join(', ')}`);
    t.diagnostic(`entries in the log at the end: ${events(known.log).length}`);
    assert.equal(Object.values(fell).reduce((a, b) => a + b), KILLS);
    assert.ok(fell.lock + fell.sign + fell.put > 0, 'no kill fell into the writing of an entry');
  } catch (error) {
    error.message += ` (seed ${SEED})`;
    throw error;
  } finally {
    await browser?.end();
    await server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  /// Reads what was heard before the browser died: what must be there now, and where the kill fell.
  function count(lines) {
    let at = 'between';
    for (const line of lines) {
      if (line.startsWith('phase:')) {
        const phase = line.slice('phase:'.length);
        at = phase === 'done' ? 'between' : phase;
        continue;
      }
      const told = JSON.parse(line.slice('test:'.length));
      known.mark = Math.max(known.mark, told.mark);
      if (told.asked) {
        at = told.asked;
      } else if (told.kept === 'draft') {
        at = 'between';
        known.inHand.set(told.task, told.mark);
      } else {
        at = 'between';
        known.inHand.delete(told.task);
        known.submits.push(told);
      }
    }
    // what it did unheard has a mark of its own
    known.mark += 10;
    fell[at]++;
  }
});

test('half a record at the end of the browser\'s journal does not cost the database at the opening after', async () => {
  const server = await host();
  const profile = newProfile();
  let browser = null;
  /// Opens, answers one task, and is killed.
  const session = async (text) => {
    browser = await start({ profile });
    await browser.page.goto(server.bare);
    await browser.page.waitForFunction('typeof connect === "function"');
    const found = await browser.page.evaluate(async (text) => {
      window.me = await connect();
      await me.open();
      const before = await me.log();
      await me.submit(await me.hand((await me.tasks())[0].task), answersOf(text));
      return { before, after: await me.log() };
    }, text);
    await browser.kill();
    return found;
  };
  try {
    const one = await session('one');
    // what a kill in the middle of a write leaves: a record's head that promises more than follows
    const folder = join(profile, 'Default', 'IndexedDB');
    const database = readdirSync(folder).find((name) => name.endsWith('.indexeddb.leveldb'));
    const journals = readdirSync(join(folder, database)).filter((name) => name.endsWith('.log')).sort();
    appendFileSync(join(folder, database, journals.at(-1)), Buffer.from([1, 2, 3, 4, 0, 1, 1]));
    const two = await session('two');
    assert.equal(two.before, one.after);
    const three = await session('three');
    assert.equal(three.before, two.after);
    verify(three.after);
  } finally {
    await browser?.end();
    await server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
});
