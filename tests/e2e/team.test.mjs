// Several annotators on one machine, as they sit down one after the other: each with a key of their own, blind to the others;
// how far they agree, control by control; who settles what they differ on; and answers that were made elsewhere.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './browsers.mjs';
import { become, heading, labeler, openFiles, panels, person, record, submit, tab, violations, visit } from './lib/screen.mjs';
import { browser, server } from './lib/stage.mjs';
import { events, verify } from './lib/terminal.mjs';

const CONFIG = `<View>
  <Text name="text" value="$text"/>
  <Header value="Mood"/>
  <Choices name="mood" toName="text" choice="single" required="true"><Choice value="Calm"/><Choice value="Angry"/></Choices>
  <Header value="Why?"/>
  <TextArea name="why" toName="text" purpose="rationale" maxSubmissions="1"/>
</View>`;
const TASKS = 8;
// the model says Calm of the first half
const task = (_, at) => ({
  data: { text: `Letter number ${at + 1}` },
  ...(at < 4 && { predictions: [{ model_version: 'oracle', score: 0.9, result: [{ from_name: 'mood', to_name: 'text', type: 'choices', value: { choices: ['Calm'] } }] }] }),
});
const FILES = [
  { name: 'config.xml', text: CONFIG },
  { name: 'letters.json', text: JSON.stringify(Array.from({ length: TASKS }, task)) },
];
const ANSWERS = { me: 'CCCCAAAA', Ben: 'CCCAAAAC' };
const MOODS = { C: 'Calm', A: 'Angry' };
// by hand, of the two rows above: 6 of 8 the same; both people say each mood four times, so chance is 1/2; of 16 answers 8 are
// of each mood, so alpha is 1 − (2/8) / (1 − (8·7 + 8·7) / (16·15)). Against the model, on four items: 4 and 3 the same.
const BETWEEN = { 'Percent agreement': 0.75, 'Cohen’s κ': 0.5, 'Krippendorff’s α': 0.53125 };
const AGAINST_MODEL = { me: '1.0000', Ben: '0.7500' };

const reason = (who, number) => `the reason of ${who}, number ${number}`;

async function labelAll(page, who) {
  for (const [at, mood] of [...ANSWERS[who]].entries()) {
    await heading(page, at + 1, TASKS).waitFor();
    await labeler(page).getByRole('radio', { name: MOODS[mood] }).click();
    await labeler(page).getByRole('textbox', { name: 'Why?' }).fill(reason(who, at + 1));
    await submit(page).click();
  }
  await labeler(page).getByRole('heading', { name: 'All tasks are done' }).waitFor();
}

/// A table of figures as a person reads it: `{ measure: [value, interval, items] }`.
async function figures(table) {
  const rows = await table.locator('tbody tr').all();
  const read = async (row) => [await row.getByRole('rowheader').innerText(), await row.getByRole('cell').allInnerTexts()];
  return Object.fromEntries(await Promise.all(rows.map(read)));
}

const between = async (page) => {
  const agreement = await tab(page, 'Agreement');
  const table = agreement.getByRole('region', { name: 'Between people' }).getByRole('table', { name: 'Mood' });
  await table.waitFor();
  return figures(table);
};

test('people label the same tasks blind to each other; agreement, disagreements and a settled case', async () => {
  const page = await visit(browser, server);
  await openFiles(page, FILES);
  await labelAll(page, 'me');
  assert.deepEqual(await violations(page), [], 'the finished screen');

  // Ben sits down: nothing of the first person's answers is on the screen or comes to the page
  await page.evaluate(() => { window.heard.length = 0; });
  await become(page, 'Ben', ['annotate']);
  await heading(page, 1, TASKS).waitFor();
  const traces = [/the reason of me/, /"(choices|values?)":\["Angry"\]/];
  for (const name of ['Tasks', 'Activity', 'Agreement', 'Cases', 'People', 'Project']) await tab(page, name);
  await (await tab(page, 'Cases')).getByText('You see agreement after your own work').waitFor();
  await (await tab(page, 'Agreement')).getByText('You see agreement after your own work').waitFor();
  const heard = (await page.evaluate(() => window.heard)).join('\n');
  assert.ok(heard.includes('Letter number 1'), 'what the page hears is looked through');
  assert.deepEqual(traces.filter((trace) => trace.test(heard)), []);
  assert.ok(!(await labeler(page).getByRole('radio', { name: 'Calm' }).isChecked()));
  assert.equal(await labeler(page).getByRole('textbox', { name: 'Why?' }).inputValue(), '');
  await labelAll(page, 'Ben');
  const whole = (await page.evaluate(() => window.heard)).join('\n');
  assert.ok(!traces[0].test(whole) && whole.includes(reason('Ben', 8)));

  // each has a log of their own, signed with a key of their own
  const log = await record(page);
  verify(log);
  const submitted = events(log).filter((event) => event.type.includes('annotation.submitted'));
  const sources = [...new Set(submitted.map((event) => event.source))];
  assert.deepEqual(sources.map((source) => submitted.filter((event) => event.source === source).length), [TASKS, TASKS]);
  assert.equal(new Set(submitted.map((event) => event.authid)).size, 2);

  // an adjudicator sees what the two of them said
  await become(page, 'Cleo', ['adjudicate']);
  const figured = await between(page);
  for (const [measure, value] of Object.entries(BETWEEN)) {
    const [shown, interval, items] = figured[measure] ?? [];
    assert.ok(Math.abs(Number(shown) - value) < 0.0001 && items === String(TASKS), `${measure}: ${shown} of ${items} items`);
    const [low, high] = /(-?[\d.]+) to (-?[\d.]+)/.exec(interval).slice(1).map(Number);
    assert.ok(low <= value && value <= high, `${measure}: ${interval}`);
  }
  const agreement = await tab(page, 'Agreement');
  const model = agreement.getByRole('region', { name: 'People against models' });
  const people = await (await tab(page, 'People')).getByRole('region', { name: 'Profiles on this device' }).getByRole('listitem').allInnerTexts();
  await tab(page, 'Agreement');
  for (const [who, value] of Object.entries(AGAINST_MODEL)) {
    const authid = /ann-\w+/.exec(people.find((line) => line.includes(who)))[0];
    const table = model.getByRole('table').filter({ hasText: authid });
    assert.deepEqual((await figures(table))['Percent agreement'].filter((_, at) => at !== 1), [value, '4'], who);
  }
  const disagreements = agreement.getByRole('region', { name: 'Disagreements (2)' }).getByRole('listitem');
  assert.deepEqual((await disagreements.locator('strong').allInnerTexts()), ['Task 4', 'Task 8']);
  assert.match((await disagreements.filter({ hasText: 'Task 4' }).innerText()).replace(/\s+/g, ' '), /Angry .*Ben.*Calm .*me|Calm .*me.*Angry .*Ben/);
  assert.deepEqual(await violations(page), [], 'agreement');

  // side by side, with both reasons; then settled
  await agreement.getByRole('button', { name: 'Settle… Task 4, Mood' }).click();
  const cases = panels(page).getByRole('tabpanel', { name: 'Cases' });
  const answers = cases.getByRole('region', { name: 'Answers' });
  await answers.waitFor();
  const texts = (await answers.innerText()).replace(/\s+/g, ' ');
  for (const part of ['Ben', 'me', 'Calm', 'Angry', reason('me', 4), reason('Ben', 4)]) assert.ok(texts.includes(part), `${part}: ${texts}`);
  assert.deepEqual(await violations(page), [], 'a case');
  await answers.getByRole('button', { name: /^Take this answer: .*Ben.*Mood/ }).click();
  await cases.getByRole('textbox', { name: /^Why/ }).last().fill('it is written in capitals');
  await cases.getByRole('button', { name: 'Settle the case' }).click();
  await cases.getByText(/^Settled by .*Cleo/).waitFor();
  assert.deepEqual(await violations(page), [], 'a settled case');
  assert.deepEqual(await between(page), figured, 'agreement is that before adjudication');
  await disagreements.filter({ hasText: 'Task 4' }).getByText('settled', { exact: true }).waitFor();
  assert.equal(await disagreements.count(), 2);

  const after = await record(page);
  verify(after);
  const settled = events(after).filter((event) => event.type.includes('adjudicat'));
  assert.equal(settled.length, 1);
  assert.deepEqual(settled[0].data.answers.find((a) => a.control === 'mood').choices, ['Angry']);
  assert.ok(events(after).some((event) => event.source === settled[0].source && JSON.stringify(event.data).includes('it is written in capitals')));
  assert.equal(new Set([...sources, settled[0].source]).size, 3);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the person at work stays at work after a reload and after a module that trapped', async () => {
  const page = await visit(browser, server);
  await person(page).click();
  const dialog = page.getByRole('dialog', { name: 'Who labels?' });
  await dialog.getByRole('textbox', { name: /^Name on this device/ }).fill('Dora');
  await dialog.getByRole('button', { name: 'New profile' }).click();
  const dora = labeler(page).getByRole('button', { name: 'Profile: Dora', exact: true });
  await dora.waitFor();
  await page.reload();
  await dora.waitFor();
  await openFiles(page, FILES);
  await heading(page, 1, TASKS).waitFor();
  await labeler(page).getByRole('textbox', { name: 'Why?' }).fill('kept');
  await labeler(page).getByText('Saved', { exact: true }).waitFor();
  await page.evaluate(() => {
    const error = new WebAssembly.RuntimeError('unreachable');
    window.dispatchEvent(new ErrorEvent('error', { error, message: String(error) }));
  });
  await heading(page, 1, TASKS).waitFor();
  await dora.waitFor();
  assert.equal(await labeler(page).getByRole('textbox', { name: 'Why?' }).inputValue(), 'kept');
  await page.context().close();
});

// published with the data: see tests/fixtures/crowd/README.md
for (const [name, alpha, items] of [['rte', '0.2415', '800'], ['bluebird', '0.1255', '108']]) {
  test(`answers made elsewhere are opened and compared: ${name}`, async () => {
    const path = join(root, 'tests', 'fixtures', 'crowd', name, 'labels.csv');
    assert.ok(existsSync(path));
    const page = await visit(browser, server);
    await openFiles(page, [path]);
    await panels(page).getByRole('tabpanel', { name: 'Project' }).getByRole('heading', { name: 'labels' }).waitFor();
    const agreement = await tab(page, 'Agreement');
    const table = agreement.getByRole('region', { name: 'Imported answers' }).getByRole('table');
    await table.waitFor({ timeout: 30_000 });
    const [value, interval, count] = (await figures(table))['Krippendorff’s α'];
    assert.deepEqual([value, count], [alpha, items]);
    const [low, high] = /(-?[\d.]+) to (-?[\d.]+)/.exec(interval).slice(1).map(Number);
    assert.ok(low < Number(alpha) && Number(alpha) < high, interval);
    assert.ok(await agreement.getByRole('listitem').count() > 0, 'the items on which people differ');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
