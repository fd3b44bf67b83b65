// The story of a person who labels, on the page as it is served: by mouse, by touch, by keyboard alone; what survives a
// reload, a trap and a cut network; what every screen owes to everybody. Controls are found by their accessible names.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { start } from './lib/chrome.mjs';
import { dist, host } from './lib/host.mjs';
import { events, verify } from './lib/terminal.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let server, browser;
before(async () => {
  server = await host();
  browser = await start();
});
after(async () => {
  await browser?.end();
  await server?.close();
});

/// A page with a storage of its own; what it broke of the content policy and threw is gathered in `page.faults`.
async function visit({ width = 1400, height = 900, ...options } = {}) {
  const context = await browser.browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) page.faults.push(message.text());
  });
  await page.goto(server.home);
  await ready(page);
  return page;
}

const labeler = (page) => page.locator('countersign-labeler');
const panels = (page) => page.locator('countersign-panels');
const submit = (page) => labeler(page).getByRole('button', { name: /^Submit/ });
async function ready(page) {
  await submit(page).waitFor();
  await panels(page).getByRole('tab', { name: 'Tasks' }).waitFor();
}
const heading = (page, number) => labeler(page).getByRole('heading', { name: `Task ${number} of 67` });
const saved = (page) => labeler(page).getByText('Saved', { exact: true }).waitFor();

/// The record, by its button in the palette.
async function record(page) {
  await labeler(page).getByRole('button', { name: 'Command palette' }).click();
  await page.keyboard.type('Download the record');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  return readFileSync(await download.path(), 'utf8');
}

const submitted = (log) => events(log).filter((event) => event.type.includes('annotation.submitted'));

async function chooseTopic(page) {
  await labeler(page).getByRole('searchbox', { name: 'Search' }).fill('Late');
  await labeler(page).getByRole('treeitem', { name: 'Late' }).last().click();
}

for (const [how, options] of [['mouse', {}], ['touch', { hasTouch: true, isMobile: true, width: 390, height: 844 }]]) {
  test(`with ${how}: choose, write, submit, and the record verifies in the terminal`, async () => {
    const page = await visit(options);
    const press = (locator) => (options.hasTouch ? locator.tap() : locator.click());
    await heading(page, 1).waitFor();
    await press(labeler(page).getByRole('radio', { name: 'Delivery' }));
    await chooseTopic(page);
    await labeler(page).getByRole('textbox', { name: 'Why?' }).fill('because of the parcel');
    await saved(page);
    await press(submit(page));
    await heading(page, 2).waitFor();
    const log = await record(page);
    verify(log);
    const [event] = submitted(log);
    const answer = (name) => event.data.answers.find((a) => a.control === name);
    assert.deepEqual(answer('intent').choices, ['Delivery']);
    assert.deepEqual(answer('topic').taxonomy, [['Order', 'Delivery', 'Late']]);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('with the keyboard alone: accept a prediction, submit, skip, undo', async () => {
  const page = await visit();
  await heading(page, 1).waitFor();
  await labeler(page).getByRole('button', { name: 'Command palette' }).focus();
  await page.keyboard.press('a');
  await labeler(page).getByRole('radio', { name: 'Return or refund', checked: true }).waitFor();
  await page.keyboard.press('Control+z');
  await labeler(page).getByRole('radio', { name: 'Return or refund', checked: false }).waitFor();
  await page.keyboard.press('Control+y');
  await labeler(page).getByRole('radio', { name: 'Return or refund', checked: true }).waitFor();
  await page.keyboard.press('Control+Enter');
  await heading(page, 2).waitFor();
  const [event] = submitted(await record(page));
  assert.ok(event.data.answers.find((a) => a.control === 'entities').spans.length >= 5);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('what is in hand survives a reload, and a module that trapped', async () => {
  const page = await visit();
  await labeler(page).getByRole('radio', { name: 'Billing' }).click();
  await labeler(page).getByRole('textbox', { name: 'Why?' }).fill('kept');
  await saved(page);
  await page.reload();
  await ready(page);
  const still = async () => {
    await labeler(page).getByRole('radio', { name: 'Billing', checked: true }).waitFor();
    assert.equal(await labeler(page).getByRole('textbox', { name: 'Why?' }).inputValue(), 'kept');
  };
  await still();
  const said = page.evaluate(() => new Promise((done) => {
    document.querySelector('countersign-labeler').addEventListener('error', (event) => done(event.detail?.code), { once: true });
    const error = new WebAssembly.RuntimeError('unreachable');
    window.dispatchEvent(new ErrorEvent('error', { error, message: String(error) }));
  }));
  assert.equal(await said, 'trapped');
  await ready(page);
  await still();
  await page.context().close();
});

test('after one visit it opens and labels with the network cut', async () => {
  const page = await visit();
  assert.ok(readFileSync(`${dist}/sw.js`, 'utf8').includes('"hash"'), `${dist} is a quick build, which keeps nothing: run make build`);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await page.reload();
  await ready(page);
  await labeler(page).getByRole('radio', { name: 'Delivery' }).click();
  await chooseTopic(page);
  await submit(page).click();
  await heading(page, 2).waitFor();
  verify(await record(page));
  await page.context().close();
});

/// Rules that some screen still breaks, found by this test; each goes from the list when it is mended.
const TO_MEND = new Set(['aria-allowed-role', 'page-has-heading-one']);

/// Goes through every tab and dialog, and calls `see` on each.
async function everyScreen(page, see) {
  await heading(page, 1).waitFor();
  await see('task');
  for (const tab of await panels(page).getByRole('tab').all()) {
    await tab.click();
    await panels(page).locator(`[role=tabpanel][aria-labelledby=${await tab.getAttribute('id')}]`).waitFor({ state: 'attached' });
    await see(`panel ${await tab.innerText()}`);
  }
  for (const [name, key] of [['help', '?'], ['palette', 'Control+k'], ['skip', 'x'], ['reveal', 'r']]) {
    await labeler(page).getByRole('button', { name: 'Command palette' }).focus();
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();
    await see(name);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
}

test('every screen keeps the content policy, and none scrolls sideways at 320 pixels', async () => {
  const page = await visit({ width: 320, height: 640 });
  const wide = [];
  await everyScreen(page, async (screen) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) wide.push(`${screen}: ${width} pixels`);
  });
  assert.deepEqual(wide, []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no violation on any screen but those listed to mend, ${colorScheme}`, async (t) => {
    const page = await visit({ colorScheme });
    const broken = new Set();
    await page.evaluate(axe);
    await everyScreen(page, async (screen) => {
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const { id, nodes } of violations) {
        if (TO_MEND.has(id)) t.diagnostic(`${screen}: ${id}`);
        else broken.add(`${screen}: ${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | ')}`);
      }
    });
    assert.deepEqual([...broken], []);
    await page.context().close();
  });
}

test('nothing is asked of anybody but the page’s own server', async () => {
  const page = await visit();
  const elsewhere = [];
  page.context().on('request', (request) => !request.url().startsWith(server.home) && !/^(data|blob):/.test(request.url()) && elsewhere.push(request.url()));
  await page.reload();
  await ready(page);
  await heading(page, 1).waitFor();
  await labeler(page).getByRole('button', { name: 'Command palette' }).focus();
  await page.keyboard.press('a');
  await page.keyboard.press('Control+Enter');
  await heading(page, 2).waitFor();
  assert.deepEqual(elsewhere, []);
  await page.context().close();
});
