// The elements on somebody else's page: two projects beside each other, events and methods, attributes that change, elements
// that move; and the results, taken away by the buttons and opened elsewhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './browsers.mjs';
import { blank, download, openFiles, tab, violations, visit } from './lib/screen.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

/// One of the two projects of the page: its elements, by what surrounds them.
function side(page, name) {
  const section = page.getByRole('region', { name, exact: true });
  const labeler = section.locator('countersign-labeler');
  const panels = section.locator('countersign-panels');
  return {
    labeler,
    panels,
    task: (number, total) => labeler.getByRole('heading', { name: `Task ${number} of ${total}`, exact: true }),
    choose: (value) => labeler.getByRole('radio', { name: value }).click(),
    why: labeler.getByRole('textbox', { name: 'Why?' }),
    saved: labeler.getByText('Saved', { exact: true }),
    tab: async (name) => {
      await panels.getByRole('tab', { name }).click();
      return panels.getByRole('tabpanel', { name });
    },
    call: (method, ...given) => labeler.evaluate((element, [method, given]) => element[method](...given), [method, given]),
  };
}

async function embedded() {
  const page = await blank(browser, { width: 1800 });
  await page.goto(`${server.home}e2e/embed.html`);
  const [letters, reviews] = [side(page, 'Letters'), side(page, 'Reviews')];
  await letters.task(1, 3).waitFor();
  await reviews.task(1, 2).waitFor();
  return { page, letters, reviews };
}

const raised = (page, project, ...names) => page.evaluate(([project, names]) => (
  window.raised.filter((event) => event.project === project && names.includes(event.name)).map(({ name, detail }) => ({ name, detail }))
), [project, names]);

test('two projects on one page: events and methods, and neither disturbs the other', async () => {
  const { page, letters, reviews } = await embedded();
  // a project that this device does not know is told, and the page opened it from its own texts
  assert.deepEqual((await raised(page, 'Letters', 'error')).map((event) => event.detail.code), ['not-found']);
  assert.deepEqual((await raised(page, 'Reviews', 'ready')).at(-1).detail, { project: 'reviews' });
  await letters.panels.getByRole('listbox', { name: 'Tasks' }).getByRole('option', { name: /First letter/ }).waitFor();
  await reviews.panels.getByRole('listbox', { name: 'Tasks' }).getByRole('option', { name: /First review/ }).waitFor();
  assert.equal(await reviews.panels.getByRole('listbox', { name: 'Tasks' }).getByRole('option').count(), 2);

  // what cannot be submitted is an error; what is submitted carries covered data only, whatever was typed
  assert.equal(await letters.call('submit'), true);
  await page.waitForFunction(() => window.raised.some((event) => event.name === 'error' && event.detail.code !== 'not-found'));
  const [refusal] = (await raised(page, 'Letters', 'error')).slice(1);
  assert.equal(refusal.detail.code, 'missing');
  await letters.choose('Calm');
  await letters.why.fill('ask ben.second@example.org');
  await letters.call('submit');
  await letters.task(2, 3).waitFor();
  const [{ detail }] = await raised(page, 'Letters', 'submit');
  assert.deepEqual(Object.keys(detail).sort(), ['answers', 'sequence', 'task']);
  assert.deepEqual(detail.answers.find((answer) => answer.control === 'mood').choices, ['Calm']);
  assert.match(detail.answers.find((answer) => answer.control === 'why').text.toString(), /^ask \[EMAIL_\w+\]$/);
  assert.ok(!JSON.stringify(await page.evaluate(() => window.raised)).includes('@example.org'));

  // skip asks why; next and previous, undo and redo
  assert.equal(await letters.call('skip'), true);
  const dialog = page.getByRole('dialog', { name: 'Skip this task' });
  await dialog.getByRole('radio', { name: 'The text is unclear' }).click();
  await dialog.getByRole('button', { name: 'Skip', exact: true }).click();
  await letters.task(3, 3).waitFor();
  assert.equal((await raised(page, 'Letters', 'skip')).length, 1);
  assert.deepEqual(Object.keys((await raised(page, 'Letters', 'skip'))[0].detail), ['task']);
  await letters.call('previous');
  await letters.task(2, 3).waitFor();
  await letters.call('next');
  await letters.task(3, 3).waitFor();
  await letters.choose('Angry');
  assert.equal(await letters.call('undo'), true);
  await letters.labeler.getByRole('radio', { name: 'Angry', checked: false }).waitFor();
  assert.equal(await letters.call('redo'), true);
  await letters.labeler.getByRole('radio', { name: 'Angry', checked: true }).waitFor();
  assert.equal(await letters.call('run', 'no such action'), false);

  // all the while, the other project heard and shows nothing of it; a key in one does nothing in the other
  assert.deepEqual((await raised(page, 'Reviews', 'submit', 'skip')), []);
  await reviews.task(1, 2).waitFor();
  assert.equal(await reviews.labeler.getByRole('radio', { checked: true }).count(), 0);
  await reviews.labeler.getByRole('button', { name: 'Command palette' }).focus();
  await page.keyboard.press('1');
  await reviews.labeler.getByRole('radio', { name: 'Good', checked: true }).waitFor();
  await page.keyboard.press('Control+Enter');
  await reviews.task(2, 2).waitFor();
  await letters.task(3, 3).waitFor();
  assert.equal((await raised(page, 'Letters', 'submit')).length, 1);
  assert.equal((await raised(page, 'Reviews', 'submit')).length, 1);
  // styles of the page end at the elements
  assert.notEqual(await reviews.labeler.getByRole('heading', { name: 'Reviews' }).evaluate((it) => getComputedStyle(it).textTransform), 'uppercase');

  // each record is of its own project and verifies
  for (const [one, count] of [[letters, 1], [reviews, 1]]) {
    const activity = await one.tab('Activity');
    const { text } = await download(page, () => activity.getByRole('button', { name: 'Download record' }).click());
    verify(text);
    assert.equal(events(text).filter((event) => event.type.includes('annotation.submitted')).length, count);
  }
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.faults.filter((fault) => !fault.includes("404")), []);
  await page.context().close();
});

test('attributes change at run time, elements move, and nothing in hand is lost', async () => {
  const { page, letters, reviews } = await embedded();
  await letters.choose('Angry');
  await letters.why.fill('in hand');
  await letters.saved.waitFor();
  // moved: torn down and mounted again, at another place
  await letters.labeler.evaluate((element) => element.parentElement.append(element));
  await letters.task(1, 3).waitFor();
  assert.equal(await letters.why.inputValue(), 'in hand');
  // taken away, and back after a while
  const gone = await letters.labeler.evaluateHandle((element) => { element.remove(); return element; });
  assert.equal(await gone.evaluate((element) => element.submit()), false);
  await gone.evaluate((element) => document.querySelector('section').prepend(element));
  await letters.task(1, 3).waitFor();
  assert.equal(await letters.why.inputValue(), 'in hand');
  await letters.labeler.getByRole('radio', { name: 'Angry', checked: true }).waitFor();

  // another person, by the attribute: none of the first one's draft
  await letters.labeler.evaluate((element) => element.setAttribute('annotator', 'Cyd'));
  await letters.labeler.getByRole('button', { name: 'Profile: Cyd', exact: true }).waitFor();
  await letters.task(1, 3).waitFor();
  assert.equal(await letters.why.inputValue(), '');
  await letters.labeler.evaluate((element) => element.setAttribute('annotator', 'Ada'));
  await letters.labeler.getByRole('button', { name: 'Profile: Ada', exact: true }).waitFor();
  await letters.task(1, 3).waitFor();
  assert.equal(await letters.why.inputValue(), 'in hand');

  // another project, by the attribute; and a project opened by a method shows on the attributes of both elements
  await letters.labeler.evaluate((element) => element.setAttribute('project', 'reviews'));
  await letters.task(1, 2).waitFor();
  await letters.labeler.evaluate((element) => element.setAttribute('project', 'letters'));
  await letters.task(1, 3).waitFor();
  const more = { slug: 'more', name: 'More', config: '<View><Text name="text" value="$text"/></View>', tasks: '[{"data":{"text":"Only one"}},{"data":{}}]' };
  const opened = await reviews.call('openProject', more);
  assert.equal(opened.slug, 'more');
  assert.ok(opened.complaints.length > 0 && opened.complaints.every((told) => typeof told === 'string'));
  await reviews.labeler.getByText('Only one').first().waitFor();
  for (const element of [reviews.labeler, reviews.panels]) assert.equal(await element.getAttribute('project'), 'more');
  assert.equal(await letters.labeler.getAttribute('project'), 'letters');
  const why = await reviews.labeler.evaluate((element) => element.openProject({ slug: 'bad', config: '<View', tasks: '[]' }).catch((error) => [error instanceof Error, error.code, error.message]));
  assert.deepEqual(why.slice(0, 2), [true, 'config']);
  assert.match(why[2], /\w/);
  const missing = await reviews.labeler.evaluate((element) => element.openProject({ slug: 'bad' }).catch((error) => error.message));
  assert.match(missing, /needs slug, name, config and tasks/);
  assert.deepEqual(page.faults.filter((fault) => !fault.includes("404")), []);
  await page.context().close();
});

const SAMPLE = 67;
const FORMS = ['Label Studio JSON', 'JSON Lines', 'CSV', 'Whole project'];
async function results(page) {
  const project = await tab(page, 'Project');
  const files = {};
  for (const form of FORMS) files[form] = await download(page, () => project.getByRole('button', { name: form, exact: true }).click());
  return files;
}

test('results leave by the buttons, and the project file opens elsewhere and comes back', async () => {
  const owner = await visit(browser, server);
  const labeler = owner.locator('countersign-labeler');
  await labeler.getByRole('heading', { name: `Task 1 of ${SAMPLE}` }).waitFor();
  await labeler.getByRole('button', { name: 'Command palette' }).focus();
  await owner.keyboard.press('a');
  await labeler.getByRole('radio', { name: 'Return or refund', checked: true }).waitFor();
  await owner.keyboard.press('Control+Enter');
  await labeler.getByRole('heading', { name: `Task 2 of ${SAMPLE}` }).waitFor();
  const files = await results(owner);
  const names = Object.fromEntries(FORMS.map((form) => [form, files[form].name]));
  assert.deepEqual(names, {
    'Label Studio JSON': 'support-desk.label-studio.json', 'JSON Lines': 'support-desk.jsonl', 'CSV': 'support-desk.csv',
    'Whole project': 'support-desk.countersign',
  });

  // each says what was answered
  const tasks = JSON.parse(files['Label Studio JSON'].text);
  assert.equal(tasks.length, SAMPLE);
  const given = tasks.flatMap((task) => task.annotations).flatMap((annotation) => annotation.result);
  assert.ok(given.some((result) => result.type === 'choices' && result.value.choices.includes('Return or refund')));
  const lines = files['JSON Lines'].text.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(JSON.stringify(lines).includes('Return or refund'));
  assert.ok(files.CSV.text.includes('Return or refund'));
  const python = join(root, '.tools', 'venv', 'bin', 'python');
  assert.ok(existsSync(python), '.tools/venv is missing: run scripts/setup.sh test');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sdk-'));
  try {
    writeFileSync(join(folder, 'export.json'), files['Label Studio JSON'].text);
    const config = join(root, 'www', 'samples', 'support-desk', 'config.xml');
    const { status, stdout, stderr } = spawnSync(python, [join(root, 'tests', 'e2e', 'check_label_studio.py'), config, join(folder, 'export.json')], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  // elsewhere: the same results, from a device that never saw the imported file
  const other = await visit(browser, server);
  const given_file = ({ name, text }) => [{ name, text }];
  await openFiles(other, given_file(files['Whole project']));
  const elsewhere = other.locator('countersign-labeler');
  await (await tab(other, 'People')).getByText('Only an owner can let keys in.').waitFor();
  const copies = await results(other);
  for (const form of FORMS.slice(0, 3)) assert.equal(copies[form].text, files[form].text, form);

  // the file goes back: the owner's own project takes in the request, and lets the person in
  const taken = await results(other);
  await openFiles(owner, given_file(taken['Whole project']));
  const people = await tab(owner, 'People');
  await people.getByRole('button', { name: /^Let in: ann-\w+/ }).click();
  await people.getByText('Nobody is waiting').waitFor();
  assert.equal(await owner.locator('countersign-labeler').getAttribute('project'), 'support-desk', 'the same project, not a copy');
  const granted = await results(owner);
  await openFiles(other, given_file(granted['Whole project']));
  await elsewhere.getByRole('button', { name: /^Submit/ }).waitFor();
  await elsewhere.getByRole('radio', { name: 'Delivery' }).click();
  await elsewhere.getByRole('searchbox', { name: 'Search' }).fill('Late');
  await elsewhere.getByRole('treeitem', { name: 'Late' }).last().click();
  await elsewhere.getByRole('button', { name: /^Submit/ }).click();
  await elsewhere.getByRole('heading', { name: `Task 2 of ${SAMPLE}` }).waitFor();
  await openFiles(owner, given_file((await results(other))['Whole project']));
  await owner.locator('countersign-labeler').getByRole('heading', { name: /^Task \d+ of/ }).waitFor();
  const annotations = (text) => JSON.parse(text).flatMap((task) => task.annotations).length;
  assert.equal(annotations((await results(owner))['Label Studio JSON'].text), annotations(files['Label Studio JSON'].text) + 1);
  assert.deepEqual([...owner.faults, ...other.faults], []);
  for (const page of [owner, other]) await page.context().close();
});
