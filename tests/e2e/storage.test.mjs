// Two people on two machines, on the page, through a real bucket and a real WebDAV folder: the owner sets the storage and
// invites, the other follows the link and is let in; both label, offline too; and the terminal exchanges with the same place.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, until } from './browsers.mjs';
import { blank, download, heading, labeler, panels, record, submit, tab, violations, visit } from './lib/screen.mjs';
import { s3, webdav, wired } from './lib/storage.mjs';
import { browser, server } from './lib/stage.mjs';
import { countersign, events, verify } from './lib/terminal.mjs';

const TASKS = 67;
const EXPORTS = ['Label Studio JSON', 'JSON Lines', 'CSV'];
/// What the owner's files hold in clear: each value stands in the sample's raw texts.
function secrets() {
  const sample = join(root, 'www', 'samples', 'support-desk');
  const tasks = JSON.parse(readFileSync(join(sample, 'tasks.json'), 'utf8'));
  const texts = tasks.flatMap((task) => Object.values(task.data)).filter((value) => typeof value === 'string').join('\n');
  const listed = JSON.parse(readFileSync(join(sample, 'local-rules.json'), 'utf8')).deny.map((rule) => rule.text);
  const found = [...listed, ...(texts.match(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g) ?? [])].filter((value) => texts.includes(value));
  assert.ok(found.length > 40, `${found.length} values to look for`);
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const inside = (text) => found.filter((value) => new RegExp(`(?<![\\p{L}\\p{N}])${escape(value)}(?![\\p{L}\\p{N}])`, 'u').test(text));
  assert.ok(inside(texts).length > found.length * 0.9, 'the search finds them where they are');
  return inside;
}

/// In the page: all that its databases and its memory of settings hold, as one text.
const everything = async () => {
  const open = (request) => new Promise((ok, failed) => { request.onsuccess = () => ok(request.result); request.onerror = failed; });
  const all = [Object.entries(localStorage)];
  for (const { name } of await indexedDB.databases()) {
    const db = await open(indexedDB.open(name));
    const stores = [...db.objectStoreNames];
    if (stores.length) {
      const tx = db.transaction(stores);
      all.push(await Promise.all(stores.map((store) => open(tx.objectStore(store).getAll()))));
    }
    db.close();
  }
  return JSON.stringify(all).replaceAll('\\n', '\n');
};

async function giveCredentials(form, { credentials }) {
  const [names, values] = credentials.kind === 'password'
    ? [['User name', 'Password'], [credentials.username, credentials.password]]
    : [['Access key', 'Secret key'], [credentials.access_key_id, credentials.secret_access_key]];
  for (const [at, name] of names.entries()) await form.getByLabel(name).fill(values[at]);
  await form.getByRole('button', { name: 'Save and sync' }).click();
}

async function setStorage(page, place) {
  const sync = await tab(page, 'Sync');
  await sync.getByRole('button', { name: 'Add storage…' }).click();
  const form = sync.getByRole('form', { name: 'Add storage' });
  const { endpoint } = place;
  await form.getByLabel('Kind').selectOption(endpoint.kind);
  await form.getByLabel(/^Name/).fill('team');
  if (endpoint.kind === 's3') {
    await form.getByLabel('Endpoint address, without the bucket').fill(endpoint.endpoint);
    await form.getByLabel(/^Bucket/).fill(endpoint.bucket);
    await form.getByLabel(/^Region/).fill(endpoint.region);
  } else {
    await form.getByLabel(/^Address/).fill(endpoint.url);
  }
  await giveCredentials(form, place);
}

/// The only endpoint in the panel of Sync.
const card = async (page) => (await tab(page, 'Sync')).getByRole('listitem');
const counts = async (page) => {
  const [, pending, sent, received] = /(\d+) pending, (\d+) sent, (\d+) received/.exec(await (await card(page)).innerText());
  return { pending: Number(pending), sent: Number(sent), received: Number(received) };
};
async function quiet(page) {
  const place = await card(page);
  await place.getByText(/^0 pending, /).waitFor({ timeout: 30_000 });
  await place.getByRole('status').getByText('up to date').waitFor({ timeout: 30_000 });
  await place.getByText(/^Last success/).waitFor();
}
const syncNow = async (page) => (await tab(page, 'Sync')).getByRole('button', { name: 'Sync now' }).click();

/// Answers the task in hand as the prediction says, or by hand where there is none, and goes on.
async function answer(page, intent) {
  await labeler(page).getByRole('radio', { name: intent }).click();
  await labeler(page).getByRole('searchbox', { name: 'Search' }).fill('Late');
  await labeler(page).getByRole('treeitem', { name: 'Late' }).last().click();
  const title = labeler(page).getByRole('heading', { name: /^Task \d+ of/ });
  const now = await title.innerText();
  await submit(page).click();
  await until('the next task', async () => (await title.innerText()) !== now);
}

/// Waits until both records are the same, entry by entry, and verified.
async function converged(owner, other) {
  const entries = async (page) => /(\d+) entries, (\d+) verified/.exec(await (await tab(page, 'Activity')).innerText())?.slice(1).map(Number) ?? [];
  await until('the same record on both', async () => {
    await syncNow(owner);
    await syncNow(other);
    const [[mine, good], [theirs, also]] = [await entries(owner), await entries(other)];
    return mine === theirs && good === mine && also === theirs;
  }, 40_000);
  const lines = async (page) => (await record(page)).split('\n').filter(Boolean).sort();
  const [mine, theirs] = [await lines(owner), await lines(other)];
  assert.deepEqual(mine, theirs);
  verify(mine.length ? await record(owner) : '');
  return mine;
}

async function exports(page) {
  const project = await tab(page, 'Project');
  const files = {};
  for (const name of EXPORTS) files[name] = (await download(page, () => project.getByRole('button', { name, exact: true }).click())).text;
  return files;
}

for (const [name, open] of [['a bucket', s3], ['a WebDAV folder', webdav]]) {
  test(`two people work together through ${name}`, { timeout: 110_000 }, async () => {
    const inside = secrets();
    const place = await wired(await open());
    const folder = mkdtempSync(join(tmpdir(), 'countersign-terminal-'));
    try {
      // the owner
      const owner = await visit(browser, server);
      await setStorage(owner, place);
      await quiet(owner);
      assert.ok((await counts(owner)).sent > 0);
      await (await tab(owner, 'Sync')).getByText('The tasks are released').waitFor();
      const people = await tab(owner, 'People');
      const link = await people.getByRole('textbox', { name: 'Invitation' }).inputValue();
      assert.ok(link.startsWith(`${server.home}#join=`));
      const secret = place.credentials.secret_access_key ?? place.credentials.password;
      assert.ok(!Buffer.from(link.split('#join=')[1], 'base64url').includes(secret));

      // the other follows the link
      const other = await blank(browser);
      await other.goto(link);
      await labeler(other).getByRole('heading', { name: 'Waiting to be let in' }).waitFor();
      assert.ok(!other.url().includes('join='), 'the invitation leaves the address');
      assert.deepEqual(await violations(other), [], 'waiting');
      const theirs = await card(other);
      await theirs.getByRole('status').getByText('credentials are missing').waitFor();
      await theirs.getByRole('button', { name: 'Credentials…' }).click();
      await giveCredentials(theirs.getByRole('form', { name: 'Credentials…' }), place);
      await quiet(other);
      assert.ok((await counts(other)).received > 0);

      // the owner lets them in
      await syncNow(owner);
      await (await tab(owner, 'People')).getByRole('button', { name: /^Let in: ann-\w+/ }).click({ timeout: 30_000 });
      await panels(owner).getByText('Nobody is waiting').waitFor();
      await quiet(owner);
      await syncNow(other);
      await submit(other).waitFor({ timeout: 30_000 });

      // both label the same task, differently
      await answer(owner, 'Delivery');
      await answer(other, 'Billing');
      await converged(owner, other);
      await (await tab(owner, 'Agreement')).getByText('1 items answered by two or more of 2 people').waitFor();

      // the network is cut: work waits, the panel says so and why
      await place.cut();
      await owner.context().setOffline(true);
      await labeler(owner).getByText('Offline: work is kept here').waitFor();
      await answer(owner, 'Billing');
      const mine = await card(owner);
      await mine.getByText(/^[1-9]\d* pending, /).waitFor();
      await mine.getByRole('alert').getByText(/\w/).waitFor();
      assert.match(await mine.getByRole('alert').innerText(), /could not .*\(unreachable\)/is);
      await panels(owner).getByText('This device is offline').waitFor();
      assert.deepEqual(await violations(owner), [], 'offline');
      assert.equal(await owner.evaluate(leaving), true, 'leaving asks while work is not sent');
      await answer(other, 'Delivery');
      await (await card(other)).getByText(/^[1-9]\d* pending, /).waitFor();

      // it comes back: what waited goes out by itself
      await place.mend();
      await owner.context().setOffline(false);
      await quiet(owner);
      await quiet(other);
      const lines = await converged(owner, other);
      assert.equal(await owner.evaluate(leaving), false, 'everything is sent: leaving asks nothing');

      // nothing raw ever came to the other, and both take the same results away
      const kept = await other.evaluate(everything);
      assert.ok(kept.length > 50_000, 'the other device holds the project');
      assert.deepEqual(inside(kept), []);
      assert.deepEqual(inside(await other.evaluate(() => window.heard.join('\n').replaceAll('\\n', '\n'))), []);
      assert.deepEqual(await exports(other), await exports(owner));

      // the terminal fetches the same record, and sends it on
      const file = (name, value) => {
        writeFileSync(join(folder, name), JSON.stringify(value));
        return join(folder, name);
      };
      const [endpoint, credentials] = [file('endpoint.json', place.straight), file('credentials.json', place.credentials)];
      const elsewhere = file('elsewhere.json', { ...place.straight, prefix: 'copy/' });
      const project = (await (await tab(owner, 'Project')).locator('dd code').innerText()).trim();
      const run = (...args) => {
        const { status, out, err } = countersign(...args, '--credentials', credentials);
        assert.equal(status, 0, out + err);
        return out;
      };
      const pull = (from, to) => {
        run('pull', '--endpoint', from, '--project', project, '--out', join(folder, to));
        const logs = readdirSync(join(folder, to)).filter((name) => name.endsWith('.jsonl'));
        return logs.flatMap((name) => readFileSync(join(folder, to, name), 'utf8').split('\n')).filter(Boolean).sort();
      };
      assert.deepEqual(pull(endpoint, 'here'), lines);
      assert.match(run('push', '--endpoint', endpoint, join(folder, 'here')), /^sent 0 entries .* 0 pending/);
      run('push', '--endpoint', elsewhere, join(folder, 'here'));
      assert.deepEqual(pull(elsewhere, 'there'), lines);
      assert.equal(events(lines.join('\n')).filter((event) => event.type.includes('annotation.submitted')).length, 4);
      for (const page of [owner, other]) await page.context().close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await place.close();
    }
  });
}

/// Whether the page would have the browser ask before it goes.
function leaving() {
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
}

test('a link that is no invitation is told, and the page goes on', async () => {
  const page = await blank(browser);
  await page.goto(`${server.home}#join=nonsense`);
  await labeler(page).getByRole('heading', { name: 'This could not be opened' }).waitFor();
  await page.goto(server.home);
  await heading(page, 1, TASKS).waitFor();
  await page.context().close();
});
