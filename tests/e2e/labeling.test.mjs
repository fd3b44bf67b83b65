// Labeling on the page by mouse, by touch and by keyboard alone: spans, answers, predictions, undo, skip, going back and
// correcting, the guideline, the shortcuts and the palette; and what a killed tab keeps.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { root, until } from './browsers.mjs';
import { newProfile, start } from './lib/chrome.mjs';
import {
  answer, button, drag, heading, hold, labeler, ofKind, opened, panels, press, ready, record, saved, spans, text, visit,
} from './lib/person.mjs';
import { browser, server } from './lib/stage.mjs';
import { verify } from './lib/terminal.mjs';

/// A test on a page of its own, which must break nothing.
const story = (name, work, options) => test(name, async (t) => {
  const page = await visit(browser.browser, server.home, options);
  await work(page, t);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

const choice = (page, name, checked) => labeler(page).getByRole('radio', { name: new RegExp(`^${name}`), checked });
const box = (page, name) => labeler(page).getByRole('textbox', { name });
/// Waits until the list of spans is this one.
async function spansAre(page, expect) {
  let last;
  const same = async () => JSON.stringify((last = await spans(page))) === JSON.stringify(expect);
  await until('the spans', same).catch(() => assert.deepEqual(last, expect));
}

/// The words that the spans of an event stand over, with their labels.
function marked(event, covered) {
  const points = [...covered];
  const { spans } = answer(event, 'entities') ?? { spans: [] };
  return spans.map(({ start, end, labels }) => `${labels} ${points.slice(start, end).join('')}`).sort();
}

/// Gives what has to be given, so that the task can be submitted.
async function answerRest(page) {
  await choice(page, 'Delivery').check();
  await labeler(page).getByRole('searchbox', { name: 'Search' }).fill('Late');
  await labeler(page).getByRole('treeitem', { name: 'Late' }).last().click();
}

story('mouse: spans that nest and overlap, relabeled, deleted, undone and redone', async (page) => {
  await drag(page, 'grey picture');
  await button(page, /^ISSUE/).first().click();
  await spansAre(page, ['ISSUE grey picture']);
  // what was just marked is relabeled by the next label, not marked again
  await page.keyboard.press('4');
  await spansAre(page, ['ORDER grey picture']);
  await page.keyboard.press('2');
  await spansAre(page, ['ISSUE grey picture']);
  await drag(page, 'picture');
  await page.keyboard.press('1');
  await drag(page, 'nothing but a grey');
  await page.keyboard.press('6');
  const three = ['WHEN nothing but a grey', 'ISSUE grey picture', 'PRODUCT picture'];
  await spansAre(page, three);
  // the innermost span under the pointer is chosen, then the next one out
  await press(page, 'picture');
  await page.keyboard.press('3');
  await spansAre(page, [three[0], three[1], 'REQUEST picture']);
  await press(page, 'picture');
  await button(page, /^ORDER/).first().click();
  await spansAre(page, [three[0], 'ORDER grey picture', 'REQUEST picture']);
  await page.keyboard.press('Delete');
  const two = [three[0], 'REQUEST picture'];
  await spansAre(page, two);
  await button(page, 'Undo').click();
  await spansAre(page, [three[0], 'ORDER grey picture', 'REQUEST picture']);
  await button(page, 'Undo').click();
  await spansAre(page, [three[0], three[1], 'REQUEST picture']);
  await button(page, 'Redo').click();
  await button(page, 'Redo').click();
  await spansAre(page, two);
  await button(page, 'Delete span: picture').click();
  await spansAre(page, two.slice(0, 1));

  // a label made ready first marks what is dragged over next, and stays ready
  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  await button(page, /^ISSUE/).and(labeler(page).locator('[aria-pressed=true]')).waitFor();
  await drag(page, 'no change');
  await drag(page, 'restarted the hub');
  const made = [two[0], 'ISSUE restarted the hub', 'ISSUE no change'];
  await spansAre(page, made);

  await answerRest(page);
  const covered = await text(page).evaluate((node) => [...node.querySelectorAll('.run')].map((run) => run.textContent).join(''));
  await button(page, /^Submit/).click();
  await heading(page, 2).waitFor();
  const log = await record(page);
  verify(log);
  const [event] = ofKind(log, 'annotation.submitted');
  assert.deepEqual(marked(event, covered), [...made].sort());
});

story('touch: a word held, marked by thumb, relabeled, deleted, and an answer submitted', async (page) => {
  await hold(page, 'picture');
  const thumb = labeler(page).getByRole('group', { name: 'Choose a label for the selection' });
  await thumb.getByRole('button', { name: 'ISSUE' }).tap();
  await spansAre(page, ['ISSUE picture']);
  await thumb.getByRole('button', { name: 'PRODUCT' }).tap();
  await spansAre(page, ['PRODUCT picture']);
  await thumb.getByRole('button', { name: 'Delete span' }).tap();
  await spansAre(page, []);
  await button(page, 'Undo').tap();
  await spansAre(page, ['PRODUCT picture']);
  await choice(page, 'Delivery').tap();
  await labeler(page).getByRole('searchbox', { name: 'Search' }).fill('Late');
  await labeler(page).getByRole('treeitem', { name: 'Late' }).last().tap();
  await button(page, /^Submit/).tap();
  await heading(page, 2).waitFor();
}, { hasTouch: true, isMobile: true, width: 390, height: 844 });

/// Presses keys one after the other.
async function keys(page, ...all) {
  for (const key of all) await page.keyboard.press(key);
}

story('keyboard alone, from the opened page: caret, spans, answers, submit, go back, correct, skip', async (page) => {
  // nobody has pressed anything yet: the keys work all the same
  await page.keyboard.press('t');
  await text(page).and(page.locator(':focus')).waitFor();
  await labeler(page).locator('.surface .caret:not([hidden])').waitFor();
  // "Hello," | my | Tarn Doorbell 2
  await keys(page, 'Control+ArrowRight', 'Control+ArrowRight', 'ArrowRight', 'Control+Shift+ArrowRight', 'Control+Shift+ArrowRight');
  await page.keyboard.press('1');
  await spansAre(page, ['PRODUCT Tarn Doorbell']);
  await page.keyboard.press('t');
  await text(page).and(page.locator(':focus')).waitFor();
  // nested: the second word alone, letter by letter backwards
  await keys(page, ...Array(8).fill('Shift+ArrowLeft'), '2');
  await spansAre(page, ['PRODUCT Tarn Doorbell', 'ISSUE Doorbell']);
  await keys(page, 'Escape', '[');
  await labeler(page).getByText('Span 2 of 2: ISSUE, Doorbell').waitFor({ state: 'attached' });
  await page.keyboard.press('3');
  await spansAre(page, ['PRODUCT Tarn Doorbell', 'REQUEST Doorbell']);
  await keys(page, ']', 'Delete');
  await spansAre(page, ['REQUEST Doorbell']);
  await page.keyboard.press('Control+z');
  await spansAre(page, ['PRODUCT Tarn Doorbell', 'REQUEST Doorbell']);
  await page.keyboard.press('Control+Shift+z');
  await spansAre(page, ['REQUEST Doorbell']);

  await page.keyboard.press('8');
  await choice(page, 'Delivery', true).waitFor();
  // the tree: to it by its key, then with the keys of a tree
  await page.keyboard.press('b');
  await labeler(page).getByRole('searchbox', { name: 'Search' }).and(page.locator(':focus')).waitFor();
  await keys(page, 'Tab', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter');
  await labeler(page).getByRole('button', { name: 'Remove Late' }).waitFor();
  await labeler(page).getByRole('heading', { name: /^Task 1/ }).waitFor();
  await keys(page, 'm');
  await box(page, 'Why?').and(page.locator(':focus')).waitFor();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Control+Enter');
  await heading(page, 2).waitFor();

  await page.keyboard.press('k');
  await heading(page, 1).waitFor();
  await labeler(page).getByText('submitted', { exact: true }).waitFor();
  assert.equal(await box(page, 'Why?').inputValue(), 'by keyboard');
  await spansAre(page, ['REQUEST Doorbell']);
  await keys(page, '0', 'Control+Enter');
  await heading(page, 2).waitFor();

  await page.keyboard.press('x');
  await page.getByRole('dialog', { name: 'Skip this task' }).waitFor();
  await keys(page, 'ArrowDown', 'Space', 'Tab');
  await page.keyboard.type('two readings');
  await keys(page, 'Tab', 'Tab', 'Enter');
  await heading(page, 3).waitFor();
  await page.keyboard.press('k');
  await labeler(page).getByText(/^Skipped: No option fits.*two readings/).waitFor();

  const log = await record(page);
  verify(log);
  const [first] = ofKind(log, 'annotation.submitted');
  const [corrected] = ofKind(log, 'annotation.corrected');
  const [skipped] = ofKind(log, 'task.skipped');
  assert.equal(corrected.subject, first.subject);
  assert.deepEqual(answer(first, 'intent').choices, ['Delivery']);
  assert.deepEqual(answer(corrected, 'intent').choices, ['Billing']);
  assert.deepEqual(answer(corrected, 'entities').spans, answer(first, 'entities').spans);
  assert.equal(skipped.data.reason, 'no-option: two readings');
});

story('a prediction is taken as it is or edited; a correction starts from the text; a rationale is an event', async (page) => {
  const strip = labeler(page).getByRole('region', { name: 'Prediction' });
  await strip.getByText('desk-model 4 says').waitFor();
  await strip.getByText('score 0.75').waitFor();
  await strip.getByRole('button', { name: 'Accept' }).click();
  await strip.getByText('In use', { exact: true }).waitFor();
  const model = await spans(page);
  assert.ok(model.length >= 5);
  await button(page, /^Submit/).click();
  await heading(page, 2).waitFor();
  assert.equal(await strip.count(), 0, 'half of the tasks have a prediction, this one has none');

  await page.keyboard.press('j');
  await heading(page, 3).waitFor();
  await strip.getByRole('button', { name: 'Edit' }).click();
  await strip.getByText('In use', { exact: true }).waitFor();
  // focus stands in the first answer
  await page.locator('[data-control] :focus').waitFor();
  await choice(page, 'Feedback').check();
  await strip.getByText('In use, edited').waitFor();
  await button(page, 'Start from the text').click();
  const start = await box(page, 'Correction').inputValue();
  assert.match(start, /^You took £89\.00 TWICE .*😡$/);
  await box(page, 'Correction').press('Control+End');
  await page.keyboard.type(' Thank you!');
  await box(page, 'Why?').fill('it names the card');
  await saved(page);
  await button(page, /^Submit/).click();
  await heading(page, 4).waitFor();

  const log = await record(page);
  verify(log);
  const [first, second] = ofKind(log, 'annotation.submitted');
  assert.equal(first.data.prediction, 'accepted');
  assert.equal(answer(first, 'entities').spans.length, model.length);
  assert.equal(second.data.prediction, 'edited');
  assert.deepEqual(answer(second, 'intent').choices, ['Feedback']);
  assert.deepEqual(answer(second, 'correction').text, `${start} Thank you!`);
  const [why] = ofKind(log, 'rationale.given');
  assert.equal(why.subject, second.subject);
  assert.ok(JSON.stringify(why.data).includes('it names the card'));
});

story('the guideline stands beside the task, with its version, tables and cases, and goes away', async (page) => {
  const guide = labeler(page).getByRole('region', { name: 'Guideline' });
  await guide.getByText('Guideline 3', { exact: true }).waitFor();
  await guide.getByRole('heading', { name: 'Marking spans' }).waitFor();
  await guide.getByRole('columnheader', { name: 'Leave out' }).waitFor();
  // both in sight at once, neither over the other
  const [beside, task] = [await guide.boundingBox(), await text(page).boundingBox()];
  assert.ok(beside.x >= task.x + task.width || beside.y >= task.y + task.height, 'not over the text');
  assert.ok(Math.max(beside.y, task.y) + 100 < 1000 && Math.min(beside.y, task.y) >= 0, 'in the window');
  for (const close of [() => button(page, 'Guideline').click(), () => page.keyboard.press('g')]) {
    await close();
    await guide.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await guide.waitFor();
  }
});

/// The table of actions as the source has it: `{ id, word, keys }`, words in English.
function actions() {
  const source = (path) => readFileSync(`${root}/src/ui/${path}`, 'utf8');
  const words = new Map([...source('text/table.rs').matchAll(/^    (\w+) "([^"]+)" "/gm)].map(([, name, en]) => [name, en]));
  const shown = (key) => key.split('+').map((part) => ({ mod: 'Ctrl', delete: 'Del', backspace: '⌫' })[part] ?? part)
    .map((part, at, all) => (all.length > 1 ? part[0].toUpperCase() + part.slice(1) : part)).join('+');
  const table = source('action.rs').split('pub const TABLE')[1].split('];\n')[0];
  const rows = [...table.matchAll(/row\(\s*Action::(\w+)[^"]*"([^"]+)",\s*Word::(\w+),\s*&\[(.*?)\],\s*(?:None|LABELER|PANELS),?\s*\)/g)];
  return rows.map(([, action, id, word, keys]) => ({
    id,
    name: action === 'Show' ? `Show ${words.get(word)}` : words.get(word),
    keys: [...keys.matchAll(/"([^"]+)"/g)].map(([, key]) => shown(key)),
  }));
}

for (const [where, into] of [['the labeling', labeler], ['the panels', panels]]) {
  story(`? lists the shortcuts of all actions and answers, from ${where}`, async (page) => {
    if (into === panels) await panels(page).getByRole('tab', { name: 'Tasks' }).click();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Shortcuts' });
    await help.waitFor();
    const rows = await help.locator('li').evaluateAll((all) => all.map((row) => [
      row.firstElementChild.textContent, ...[...row.querySelectorAll('kbd')].map((key) => key.textContent)]));
    const table = actions();
    assert.ok(table.length > 30);
    for (const { id, name, keys } of table) {
      assert.ok(keys.length > 0, `${id} has no shortcut`);
      const row = rows.find(([word]) => word === name);
      assert.deepEqual(row, [name, ...keys], id);
    }
    for (const row of [['PRODUCT', '1'], ['Delivery', '8'], ['Calm', 'y']]) {
      assert.ok(rows.some((r) => r.join() === row.join()), row.join(': '));
    }
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
  });
}

story('each button of an action shows its shortcut, until such shortcuts are turned off', async (page) => {
  const names = new Map(actions().flatMap(({ id, name, keys }) => [[name, keys[0]]].filter(() => id !== 'show-project')));
  const other = { Accept: 'a', Edit: 'e', Reveal: 'r', 'Download record (JSONL)': 'Shift+D', Profile: 'Shift+P' };
  for (const [name, key] of Object.entries(other)) names.set(name, key);
  const seen = new Set();
  const look = async (single) => {
    const all = await page.locator('button').evaluateAll((buttons) => buttons.filter((b) => b.checkVisibility()).map((b) => ({
      name: b.getAttribute('aria-label') ?? [...b.childNodes].filter((n) => n.nodeName !== 'KBD' && !n.classList?.contains('count')).map((n) => n.textContent).join(''),
      told: [b.title, ...[...b.querySelectorAll('kbd')].map((key) => `(${key.textContent})`)].join(' '),
      aria: b.getAttribute('aria-keyshortcuts') ?? '',
    })));
    for (const { name, told } of all) {
      const key = names.get(name.trim()) ?? names.get(name.split(':')[0]);
      if (!key) continue;
      seen.add(name);
      const acts = single || key.startsWith('Ctrl') || key === 'Del';
      assert.equal(told.includes(`(${key})`), acts, `${name} tells ${told}`);
    }
  };
  await drag(page, 'grey picture');
  await page.keyboard.press('1');
  for (const tab of await panels(page).getByRole('tab').all()) {
    await tab.click();
    await look(true);
  }
  for (const name of ['Submit', 'Skip…', 'Undo', 'Next', 'Accept', 'Reveal…', 'Open project…', 'Settings…']) {
    assert.ok(seen.has(name), `${name} was looked at`);
  }
  await panels(page).getByRole('button', { name: 'Settings…' }).click();
  await page.getByRole('checkbox', { name: 'Shortcuts of one key act' }).uncheck();
  await page.keyboard.press('Escape');
  await look(false);
});

for (const [where, into] of [['the labeling', labeler], ['the panels', panels]]) {
  story(`the palette lists and runs every action that can be done, from ${where}`, async (page) => {
    const open = async () => {
      const place = into === labeler ? heading(page, '\\d+') : panels(page).locator('[role=tab][aria-selected=true]');
      await place.focus();
      await page.keyboard.press('Control+k');
    };
    // a span, an answer, something undone and something done: nearly all can be done
    await drag(page, 'grey picture');
    await page.keyboard.press('1');
    await page.keyboard.press('8');
    await page.keyboard.press('Control+z');
    await open();
    const listed = (await page.getByRole('listbox', { name: 'Actions' }).getByRole('option').evaluateAll((all) => all.map((o) => o.firstElementChild.textContent)));
    await page.keyboard.press('Escape');
    const cannot = { previous: 'the first task', 'next-prediction': 'one prediction', withdraw: 'nothing is submitted', 'sync-now': 'no storage', palette: 'is open' };
    assert.deepEqual(listed, actions().filter(({ id }) => !(id in cannot)).map(({ name }) => name));

    const dialog = (name) => page.getByRole('dialog', { name }).waitFor().then(() => page.keyboard.press('Escape'));
    const file = (name) => page.waitForEvent('download').then((download) => assert.match(download.suggestedFilename(), name));
    const tab = (name) => panels(page).getByRole('tab', { name, selected: true }).waitFor();
    for (const [typed, seen] of [
      ['redo', () => choice(page, 'Delivery', true).waitFor()],
      ['undo', () => choice(page, 'Delivery', false).waitFor()],
      ['next span', () => labeler(page).getByText('Span 1 of 1', { exact: false }).waitFor({ state: 'attached' })],
      ['delete span', () => button(page, /^Spans \(/).waitFor({ state: 'detached' })],
      ['accept pred', () => choice(page, 'Return or refund', true).waitFor()],
      ['clear all', () => choice(page, 'Return or refund', false).waitFor()],
      ['skip', () => dialog('Skip this task')],
      ['reveal', () => dialog('Reveal a covered field')],
      ['settings', () => dialog('Settings')],
      ['switch profile', () => dialog('Who labels?')],
      ['shortcuts', () => dialog('Shortcuts')],
      ['show activity', () => tab('Activity')],
      ['show project', () => tab('Project')],
      ['download the record', () => file(/\.jsonl$/)],
      ['csv', () => file(/\.csv$/)],
      ['label studio', () => file(/\.json$/)],
      ['go to the text', () => text(page).and(page.locator(':focus')).waitFor()],
      ['next', () => heading(page, 2).waitFor()],
      ['previous', () => heading(page, 1).waitFor()],
    ]) {
      await open();
      await page.getByRole('combobox', { name: 'Type what you want to do' }).fill(typed);
      await page.getByRole('option', { selected: true, name: new RegExp(typed.replaceAll(' ', '.*'), 'i') }).waitFor();
      const done = seen();
      await page.keyboard.press('Enter');
      await done;
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });
}

story('who went to the list of tasks labels on from there', async (page) => {
  await panels(page).getByRole('button', { name: /^3\b/ }).or(panels(page).getByRole('option', { name: /^3\b/ })).first().click();
  await heading(page, 3).waitFor();
  await page.keyboard.press('a');
  await choice(page, 'Billing', true).waitFor();
  await page.keyboard.press('Control+Enter');
  await heading(page, 4).waitFor();
});

test('a browser that is killed keeps spans, answers and what can be undone', async () => {
  const profile = newProfile();
  let chrome = await start({ profile });
  let page = await opened(chrome.page, server.home);
  await drag(page, 'grey picture');
  await page.keyboard.press('2');
  await drag(page, 'picture since');
  await page.keyboard.press('6');
  await box(page, 'Why?').fill('killed here');
  await saved(page);
  const made = ['ISSUE grey picture', 'WHEN picture since'];
  await spansAre(page, made);
  await chrome.kill();
  chrome = await start({ profile });
  try {
    page = await opened(chrome.page, server.home);
    await spansAre(page, made);
    assert.equal(await box(page, 'Why?').inputValue(), 'killed here');
    await button(page, 'Undo').click();
    await button(page, 'Undo').click();
    await spansAre(page, made.slice(0, 1));
    await page.reload();
    await ready(page);
    await spansAre(page, made.slice(0, 1));
  } finally {
    await chrome.end();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
});
