// Projects of one's own, opened by button, by key and by dropping files; what a configuration may ask; personal data that
// is covered and revealed; and the record as the person sees it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start } from './lib/chrome.mjs';
import { host } from './lib/host.mjs';
import { answer, button, heading, labeler, ofKind, panels, record, saved, text, visit } from './lib/person.mjs';
import { countersign, events, verify } from './lib/terminal.mjs';

let server, browser, folder;
before(async () => {
  server = await host();
  browser = await start();
  folder = mkdtempSync(join(tmpdir(), 'countersign-open-'));
});
after(async () => {
  await browser?.end();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const story = (name, work, options) => test(name, async (t) => {
  const page = await visit(browser.browser, server.home, options);
  await work(page, t);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

const CONFIG = `<View>
  <Style>.note { color: #123456; background: url(https://elsewhere.example/x.png) }</Style>
  <Header value="Ticket"/>
  <Text name="body" value="$body"/>
  <Video name="clip" value="$clip"/>
  <Labels name="ner" toName="body"><Label value="THING"/><Label value="PLACE" hotkey="p"/></Labels>
  <Choices name="kind" toName="body" choice="single"><Choice value="Question"/><Choice value="Complaint"/></Choices>
  <Taxonomy name="topic" toName="body">
    <Choice value="Animals"><Choice value="Birds"><Choice value="Owl"/><Choice value="Wren"/></Choice><Choice value="Cats"/></Choice>
    <Choice value="Plants"/>
  </Taxonomy>
  <Rating name="stars" toName="body" maxRating="5"/>
  <TextArea name="note" toName="body" rows="2"/>
</View>`;
const BODIES = ['The owl in Oslo.\nSecond line', 'a "quoted", comma 😀'];
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const TASKS = {
  'tasks.json': JSON.stringify(BODIES.map((body) => ({ data: { body } }))),
  'tasks.jsonl': BODIES.map((body) => JSON.stringify({ body })).join('\n'),
  'tasks.csv': `body\r\n${BODIES.map(quoted).join('\r\n')}\r\n`,
};

/// Files on the disk, for the ways that take paths.
function files(given) {
  return Object.entries(given).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
}

/// Drops files on an element, as the browser hears of them from the desktop.
async function drop(page, target, paths) {
  const { x, y, width, height } = await target.boundingBox();
  const session = await page.context().newCDPSession(page);
  const at = { x: x + width / 2, y: y + Math.min(height, 600) / 2, data: { items: [], files: paths, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver']) await session.send('Input.dispatchDragEvent', { type, ...at });
  await target.getByText('Drop to open').waitFor();
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at });
  await session.detach();
}

const choosing = async (page, paths, ask) => {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), ask()]);
  assert.ok(chooser.isMultiple());
  await chooser.setFiles(paths);
};
const WAYS = {
  'by its button': (page, paths) => choosing(page, paths, () => button(page, 'Open project…').click()),
  'by the button of the project panel': async (page, paths) => {
    await panels(page).getByRole('tab', { name: 'Project' }).click();
    await choosing(page, paths, () => panels(page).getByRole('button', { name: 'Open project…' }).click());
  },
  'by its key': (page, paths) => choosing(page, paths, () => page.keyboard.press('o')),
  'by the palette': (page, paths) => choosing(page, paths, async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('open proj');
    await page.keyboard.press('Enter');
  }),
  'by dropping on the labeling': (page, paths) => drop(page, labeler(page), paths),
  'by dropping on the panels': (page, paths) => drop(page, panels(page), paths),
};

/// Every way with every form at least once.
Object.entries(WAYS).forEach(([way, open], at) => {
  const [name, tasks] = Object.entries(TASKS)[at % 3];
  story(`Open project… ${way}: a configuration with ${name}`, async (page) => {
    await open(page, files({ 'config.xml': CONFIG, [name]: tasks }));
    await labeler(page).getByRole('heading', { name: 'Task 1 of 2' }).waitFor();
    await text(page, 'body').getByText('The owl in Oslo.').waitFor();
    // what it does not know is told by name, and the rest works
    const complaints = panels(page).getByRole('region', { name: /^Complaints of the last file/ }).first();
    await complaints.getByText(/<Video> this tag is not supported/).waitFor();
    await complaints.getByText('this value of background is left out').waitFor();
    await labeler(page).getByRole('radio', { name: /^Complaint/ }).check();
    await button(page, /^Submit/).click();
    await labeler(page).getByRole('heading', { name: 'Task 2 of 2' }).waitFor();
    await text(page, 'body').getByText(BODIES[1]).waitFor();
  });
});

story('a file that misses the page leaves it where it is', async (page) => {
  const session = await page.context().newCDPSession(page);
  const paths = files({ 'stray.txt': 'x' });
  await page.evaluate(() => document.body.style.setProperty('padding-top', '40px'));
  await page.evaluate(() => {
    window.told = [];
    for (const type of ['dragover', 'drop']) window.addEventListener(type, (event) => window.told.push([event.defaultPrevented, event.dataTransfer.dropEffect].join()));
  });
  const at = { x: 5, y: 5, data: { items: [], files: paths, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await session.send('Input.dispatchDragEvent', { type, ...at });
  // taken from the browser, which would open the file in place of the page, and refused
  const told = await page.evaluate(() => window.told);
  assert.ok(told.length > 0);
  assert.deepEqual([...new Set(told)], ['true,none']);
  await heading(page, 1).waitFor();
});

story('rating, taxonomy of three levels and free text, by mouse and by keyboard', async (page) => {
  await WAYS['by its key'](page, files({ 'config.xml': CONFIG, 'tasks.json': TASKS['tasks.json'] }));
  await labeler(page).getByRole('heading', { name: 'Task 1 of 2' }).waitFor();
  const stars = (n, checked) => labeler(page).getByRole('radio', { name: `${n} of 5`, checked });
  const tree = labeler(page).getByRole('tree');
  const item = (name) => tree.getByRole('treeitem', { name, exact: true });
  await labeler(page).locator('.star').nth(3).click();
  await stars(4, true).waitFor();
  await button(page, 'No rating').click();
  await stars(4, false).waitFor();
  await labeler(page).locator('.star').nth(2).click();
  await stars(3, true).waitFor();
  // open level by level, and choose a leaf and an inner node
  await item('Animals').locator('.twist').click();
  await item('Birds').locator('.twist').click();
  await item('Owl').click();
  await item('Cats').click();
  await button(page, 'Remove Owl').waitFor();
  await button(page, 'Remove Cats').click();
  await item('Birds').click();
  await labeler(page).getByRole('textbox', { name: 'note' }).fill('one');
  await saved(page);
  await button(page, /^Submit/).click();
  await labeler(page).getByRole('heading', { name: 'Task 2 of 2' }).waitFor();

  // digits of the labels and choices come first: THING 1, PLACE p, Question 2, Complaint 3, the tree 4, stars 5 to 9
  await page.keyboard.press('3');
  await page.keyboard.press('6');
  await stars(2, true).waitFor();
  await page.keyboard.press('4');
  for (const key of ['Tab', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown', ' ']) await page.keyboard.press(key);
  await button(page, 'Remove Wren').waitFor();
  await page.keyboard.press('Control+Enter');
  await labeler(page).getByRole('heading', { name: 'All tasks are done' }).waitFor();

  const log = await record(page);
  verify(log);
  const [first, second] = ofKind(log, 'annotation.submitted');
  assert.equal(answer(first, 'stars').rating, 3);
  assert.deepEqual(answer(first, 'topic').taxonomy, [['Animals', 'Birds', 'Owl'], ['Animals', 'Birds']]);
  assert.deepEqual(answer(first, 'note').text, 'one');
  assert.equal(answer(second, 'stars').rating, 2);
  assert.deepEqual(answer(second, 'topic').taxonomy, [['Animals', 'Birds', 'Wren']]);
});

/// Values that the first detectors know, each twice, and one that only looks like a card.
const SECRET = {
  email: 'ines.weber@example.com', phone: '+44 7700 900123', card: '4111 1111 1111 1111', iban: 'GB82 WEST 1234 5698 7654 32',
  ip: '203.0.113.77', ip6: '2001:db8::8a2e:370:7334', url: 'https://example.com/u/ines', ssn: '536-90-4399',
};
const PERSONAL = [
  { body: `First. Mail ${SECRET.email} or call ${SECRET.phone}. Card ${SECRET.card}, account ${SECRET.iban}. Again: ${SECRET.email}.` },
  { body: `Second. ${SECRET.email} from ${SECRET.ip} and ${SECRET.ip6}, see ${SECRET.url}, SSN ${SECRET.ssn}. Not a card: 4111 1111 1111 1112.` },
  { body: `Third. ${SECRET.phone}; another.person@example.com` },
];

story('personal data is covered before display, the same value by the same pseudonym on every task', async (page) => {
  await WAYS['by its key'](page, files({ 'config.xml': CONFIG, 'personal.json': JSON.stringify(PERSONAL.map((data) => ({ data }))) }));
  const words = [];
  for (const [at, first] of ['First', 'Second', 'Third'].entries()) {
    await labeler(page).getByRole('heading', { name: `Task ${at + 1} of 3` }).waitFor();
    await text(page, 'body').getByText(first).waitFor();
    words.push(await text(page, 'body').evaluate((node) => [...node.querySelectorAll('.run')].map((run) => run.textContent).join('')));
    if (at < 2) await page.keyboard.press('j');
  }
  const everything = await page.evaluate(() => {
    const all = (root) => [...root.querySelectorAll('*')].map((node) => (node.shadowRoot ? all(node.shadowRoot) : '')).join('') + (root.innerHTML ?? root.documentElement?.innerHTML);
    return all(document);
  });
  for (const [kind, value] of Object.entries(SECRET)) {
    assert.ok(!words.join().includes(value) && !everything.includes(value), `${kind} is covered`);
  }
  const [mail, phone] = [/Mail (\[\w+\])/.exec(words[0])[1], /call (\[\w+\])/.exec(words[0])[1]];
  assert.equal(words[0].split(mail).length, 3, 'twice in one text');
  assert.ok(words[1].startsWith(`Second. ${mail} from`));
  assert.ok(words[2].startsWith(`Third. ${phone}; [`));
  assert.ok(!words[2].includes(mail), 'another value, another pseudonym');
  assert.ok(words[1].includes('4111 1111 1111 1112'), 'Luhn fails: no card');
  // the pseudonym says what it stands for, and is marked as one piece
  await text(page, 'body').locator('.cover').first().hover();
  assert.match(await text(page, 'body').locator('.cover').first().getAttribute('title'), /phone/i);
});

story('reveal: a purpose, the value for a moment, and an event without it', async (page) => {
  await page.clock.install();
  await WAYS['by its key'](page, files({ 'config.xml': CONFIG, 'personal.json': JSON.stringify(PERSONAL.map((data) => ({ data }))) }));
  await text(page, 'body').getByText('First').waitFor();
  const dialog = page.getByRole('dialog', { name: 'Reveal a covered field' });
  const shown = dialog.getByText(SECRET.email);
  await button(page, /^Reveal/).click();
  const go = dialog.getByRole('button', { name: 'Reveal', exact: true });
  assert.ok(await go.isDisabled(), 'not without a purpose');
  await dialog.getByRole('textbox', { name: 'Purpose' }).fill('call back');
  await go.click();
  await shown.waitFor();
  await dialog.getByText('Hidden again in').waitFor();
  await page.clock.runFor(10_500);
  await dialog.waitFor({ state: 'detached' });
  assert.ok(!(await labeler(page).innerHTML()).includes(SECRET.email));

  // by keyboard, hidden at once
  await page.keyboard.press('r');
  await page.keyboard.type('again');
  await page.keyboard.press('Enter');
  await shown.waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });

  const log = await record(page);
  verify(log);
  const revealed = ofKind(log, 'field.revealed');
  assert.deepEqual(revealed.map((event) => event.data.purpose), ['call back', 'again']);
  for (const value of Object.values(SECRET)) assert.ok(!log.includes(value), 'the record holds no value');
});

story('the activity shows each event as it happens, with its verification, and what is downloaded verifies', async (page) => {
  await panels(page).getByRole('tab', { name: 'Activity' }).click();
  const entries = panels(page).locator('.entries > li');
  const state = panels(page).getByText('Record verified', { exact: true });
  await state.waitFor();
  const latest = async (kind) => {
    const row = entries.filter({ hasText: kind }).first();
    await row.waitFor();
    await row.getByText('verified', { exact: true }).waitFor();
  };
  await heading(page, 1).focus();
  await page.keyboard.press('a');
  await page.keyboard.press('Control+Enter');
  await heading(page, 2).waitFor();
  await latest('Annotation submitted · task 1');
  await page.keyboard.press('x');
  await page.keyboard.press(' ');
  await page.getByRole('dialog').getByRole('button', { name: 'Skip', exact: true }).click();
  await latest('Task skipped · task 2');
  await heading(page, 3).waitFor();
  await panels(page).getByText(/^(\d+) entries, \1 verified$/).waitFor();
  await state.waitFor();
  const log = await record(page);
  const report = verify(log);
  assert.equal(report.logs.length, 1);
  const told = /^(\d+) entries/.exec(await panels(page).getByText(/entries, \d+ verified$/).innerText())[1];
  assert.equal(events(log).length, Number(told));

  // asked for by kind and by task, a page says how many there are, and the file holds just those
  const skips = async (file) => {
    await panels(page).getByLabel('What').selectOption('Task skipped');
    await panels(page).getByText(`1 to 1 of 1 entries, ${told} in the record`).waitFor();
    assert.equal(await entries.count(), 1);
    if (!file) return;
    const [download] = await Promise.all([page.waitForEvent('download'), panels(page).getByRole('button', { name: 'Download these entries' }).click()]);
    const line = readFileSync(await download.path(), 'utf8');
    assert.equal(line, `${log.trimEnd().split('\n').find((one) => one.includes('task.skipped'))}\n`, 'as it was signed');
  };
  await panels(page).locator('summary', { hasText: 'Filter' }).click();
  await skips(true);
  await panels(page).getByLabel('Task number').fill('1');
  await panels(page).getByLabel('Task number').press('Enter');
  await panels(page).getByText('No entry fits').waitFor();
  await panels(page).getByLabel('Task number').fill('2');
  await panels(page).getByLabel('Task number').press('Enter');
  await skips(false);

  // one bit of it changed anywhere is refused, with the place
  const lines = log.trimEnd().split('\n');
  lines.forEach((line, at) => {
    const file = join(folder, 'changed.jsonl');
    const where = Math.floor(line.length * ((at + 1) / (lines.length + 1)));
    const bent = line.slice(0, where) + String.fromCharCode(line.charCodeAt(where) ^ 1) + line.slice(where + 1);
    writeFileSync(file, [...lines.slice(0, at), bent, ...lines.slice(at + 1)].join('\n') + '\n');
    const { status, out, err } = countersign('verify', file);
    assert.notEqual(status, 0, `entry ${at}, byte ${where}`);
    assert.match(out + err, /\d/);
  });
});
