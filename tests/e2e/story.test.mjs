// The story of a person who labels, on the page as it is served: by mouse, by touch, by keyboard alone; what survives a
// reload, a trap and a cut network; what every screen owes to everybody. Controls are found by their accessible names.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dist } from './lib/host.mjs';
import { labeler, openFiles, panels, ready, submit, tab, violations, visit as visitPage } from './lib/screen.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

const visit = (options) => visitPage(browser, server, options);
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

test('the first answer asks the browser to keep the storage, once, and the Project panel tells of it', async () => {
  const page = await visit();
  await page.evaluate(() => {
    window.asked = 0;
    const persist = navigator.storage.persist.bind(navigator.storage);
    navigator.storage.persist = () => { window.asked += 1; return persist(); };
  });
  await labeler(page).getByRole('button', { name: 'Command palette' }).focus();
  for (const number of [1, 3]) {
    await heading(page, number).waitFor();
    assert.equal(await page.evaluate(() => window.asked), number === 1 ? 0 : 1, 'nothing is asked before there is work to lose');
    // with a prediction on every other task
    await page.keyboard.press('a');
    await page.keyboard.press('Control+Enter');
    await heading(page, number + 1).waitFor();
    if (number === 1) await page.keyboard.press('j');
  }
  assert.equal(await page.evaluate(() => window.asked), 1);
  const row = (await tab(page, 'Project')).locator('dl.facts > div', { hasText: 'Storage' }).locator('dd');
  assert.match(await row.innerText(), /^\d[\d.]* [kMGT]B of \d[\d.]* [kMGT]B · (kept until you delete it|the browser may clear it)/);
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

/// Goes through every tab and dialog, and calls `see` on each.
async function everyScreen(page, see) {
  await heading(page, 1).waitFor();
  await see('task');
  const names = await panels(page).getByRole('tab').allInnerTexts();
  for (const name of names) {
    await tab(page, name);
    await see(`panel ${name}`);
  }
  const dialog = async (name, open) => {
    await open();
    await page.getByRole('dialog').waitFor();
    await see(name);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const keys = { help: '?', palette: 'Control+k', skip: 'x', reveal: 'r', profile: 'Shift+P', settings: ',' };
  for (const [name, key] of Object.entries(keys)) {
    await dialog(name, async () => {
      await labeler(page).getByRole('button', { name: 'Command palette' }).focus();
      await page.keyboard.press(key);
    });
  }
  await dialog('join', async () => (await tab(page, 'Project')).getByRole('button', { name: 'Join by an invitation' }).click());
  const forms = [['People', 'New profile', 'new profile'], ['Sync', 'Add storage…', 'storage']];
  for (const [at, press, name] of forms) {
    await (await tab(page, at)).getByText(press, { exact: true }).click();
    await see(`form ${name}`);
  }
  await panels(page).getByRole('button', { name: 'Save and sync' }).click();
  await see('form storage, wrong');
  // a project that comes with complaints, its last task done
  await openFiles(page, [
    { name: 'config.xml', text: '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/></Choices><Unknown name="u"/></View>' },
    { name: 'tasks.json', text: '[{"data":{"text":"one"}}]' },
  ]);
  await labeler(page).getByRole('heading', { name: 'Task 1 of 1' }).waitFor();
  await panels(page).getByRole('region', { name: /^Complaints of the last file/ }).first().waitFor();
  await see('complaints');
  await labeler(page).getByRole('radio', { name: 'A' }).click();
  await submit(page).click();
  await labeler(page).getByRole('heading', { name: 'All tasks are done' }).waitFor();
  await see('finished');
}

test('every screen keeps the content policy, and none scrolls sideways at 320 pixels', async () => {
  const page = await visit({ width: 320, height: 640 });
  const wide = [];
  // the panels come below, after the task, and move nobody to them
  assert.equal(await page.evaluate(() => window.scrollY), 0);
  await everyScreen(page, async (screen) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) wide.push(`${screen}: ${width} pixels`);
  });
  assert.deepEqual(wide, []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

for (const options of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { width: 320, height: 640 }]) {
  test(`axe finds no violation on any screen: ${Object.values(options)[0]}`, async () => {
    const page = await visit(options);
    const broken = [];
    await everyScreen(page, async (screen) => {
      for (const found of await violations(page)) broken.push(`${screen}: ${found}`);
    });
    assert.deepEqual(broken, []);
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
