// The story of a person who labels, in Firefox on the page as it is served.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from './browsers.mjs';
import { fox } from './lib/fox.mjs';
import { host } from './lib/host.mjs';
import { answer, ofKind } from './lib/person.mjs';
import { verify } from './lib/terminal.mjs';

let server;
before(async () => (server = await host()));
after(() => server.close());

/// A test in a browser of its own.
const story = (name, work) => test(`Firefox: ${name}`, async () => {
  const me = await fox(server.home);
  try {
    await work(me);
  } finally {
    await me.end();
  }
});

async function chooseTopic(me) {
  await me.fill('searchbox', 'Search', 'Late');
  await me.click('treeitem', '/Late$');
}

story('with the mouse, spans that nest and overlap, relabel, delete, undo; correction and rationale; reload; go back and correct', async (me) => {
  await me.drag('grey picture');
  await me.click('button', 'ISSUE');
  await me.spansAre(['ISSUE grey picture']);
  await me.drag('picture');
  await me.keys('1');
  await me.drag('nothing but a grey');
  await me.keys('6');
  await me.spansAre(['WHEN nothing but a grey', 'ISSUE grey picture', 'PRODUCT picture']);
  await me.press('picture');
  await me.keys('3');
  await me.press('picture');
  await me.click('button', 'ORDER');
  await me.spansAre(['WHEN nothing but a grey', 'ORDER grey picture', 'REQUEST picture']);
  await me.keys('Delete');
  await me.spansAre(['WHEN nothing but a grey', 'REQUEST picture']);
  await me.click('button', 'Undo');
  await me.spansAre(['WHEN nothing but a grey', 'ORDER grey picture', 'REQUEST picture']);
  await me.click('button', 'Redo');
  await me.spansAre(['WHEN nothing but a grey', 'REQUEST picture']);
  // a label made ready first
  await me.keys('Escape', '2');
  await me.drag('no change');
  const made = ['WHEN nothing but a grey', 'REQUEST picture', 'ISSUE no change'];
  await me.spansAre(made);

  await me.click('radio', 'Delivery');
  await chooseTopic(me);
  await me.click('button', 'Start from the text');
  await me.fill('textbox', 'Why?', 'by mouse');
  await me.see('text', 'Saved');
  await me.driver.navigate().refresh();
  await me.task(1);
  await me.spansAre(made);
  await me.see('radio', 'Delivery', true);
  await me.click('button', '/^Submit');
  await me.task(2);
  await me.click('button', 'Previous');
  await me.task(1);
  await me.see('text', 'submitted');
  await me.click('radio', 'Billing');
  await me.click('button', 'Submit correction');
  await me.task(2);

  const log = await me.record();
  verify(log);
  const [first] = ofKind(log, 'annotation.submitted');
  const [corrected] = ofKind(log, 'annotation.corrected');
  assert.deepEqual(answer(first, 'intent').choices, ['Delivery']);
  assert.deepEqual(answer(first, 'entities').spans.map((span) => span.labels[0]).sort(), ['ISSUE', 'REQUEST', 'WHEN']);
  assert.match(answer(first, 'correction').text, /grey picture/);
  assert.deepEqual(answer(corrected, 'intent').choices, ['Billing']);
  assert.equal(corrected.subject, first.subject);
  // each answer has its own
  assert.equal(ofKind(log, 'rationale.given').length, 2);
});

story('with the keyboard alone, caret and spans, answers, prediction, guideline, help, palette, skip', async (me) => {
  await me.keys('t');
  await me.focused('[data-field=message] .surface');
  await me.keys('Control+Arrow_Right', 'Control+Arrow_Right', 'Arrow_Right', 'Control+Shift+Arrow_Right', 'Control+Shift+Arrow_Right', '1');
  await me.spansAre(['PRODUCT Tarn Doorbell']);
  await me.keys(...Array(8).fill('Shift+Arrow_Left'), '2');
  await me.spansAre(['PRODUCT Tarn Doorbell', 'ISSUE Doorbell']);
  await me.keys('Escape', '[', '3');
  await me.spansAre(['PRODUCT Tarn Doorbell', 'REQUEST Doorbell']);
  await me.keys(']', 'Delete');
  await me.spansAre(['REQUEST Doorbell']);
  await me.keys('Control+z');
  await me.spansAre(['PRODUCT Tarn Doorbell', 'REQUEST Doorbell']);
  await me.keys('Control+y');
  await me.spansAre(['REQUEST Doorbell']);
  await me.keys('8', 'b', 'Tab', 'Arrow_Down', 'Arrow_Right', 'Arrow_Right', 'Arrow_Right', 'Arrow_Right', 'Enter');
  await me.see('button', 'Remove Late');
  await me.keys('m');
  await me.focused('textarea');
  await me.type('by keyboard');
  await me.keys('Control+Enter');
  await me.task(2);
  await me.keys('x');
  await me.see('dialog', 'Skip this task');
  await me.keys('Arrow_Down', 'Space', 'Tab');
  await me.type('two readings');
  await me.keys('Tab', 'Tab', 'Enter');
  await me.task(3);
  await me.keys('a');
  await me.see('radio', 'Billing', true);
  await me.keys('Control+Enter');
  await me.task(4);
  await me.see('region', 'Guideline');
  await me.keys('g');
  await me.gone('region', 'Guideline');
  await me.keys('?');
  await me.see('dialog', 'Shortcuts');
  await me.keys('Escape');
  await me.gone('dialog', 'Shortcuts');
  await me.keys('Control+k');
  await me.focused('[role=combobox]');
  await me.type('show activity');
  await me.keys('Enter');
  await until('the tab', async () => (await me.ask(() => document.querySelector('countersign-panels').shadowRoot.querySelector('[role=tab][aria-selected=true]').textContent)).startsWith('Activity'));

  const log = await me.record();
  verify(log);
  const [first, second] = ofKind(log, 'annotation.submitted');
  assert.equal(answer(first, 'entities').spans.length, 1);
  assert.equal(second.data.prediction, 'accepted');
  assert.equal(ofKind(log, 'task.skipped')[0].data.reason, 'no-option: two readings');
});

const CONFIG = `<View><Text name="body" value="$body"/><Video name="clip" value="$clip"/>
  <Choices name="kind" toName="body"><Choice value="Question"/><Choice value="Complaint"/></Choices>
  <Rating name="stars" toName="body" maxRating="5"/>
  <Taxonomy name="topic" toName="body"><Choice value="Animals"><Choice value="Birds"><Choice value="Owl"/></Choice></Choice></Taxonomy></View>`;
const MAIL = 'ines.weber@example.com';
const bodies = (form) => [`${form}: ${MAIL} and ${MAIL}`, `Two ${MAIL}, other@example.com`];
const FORMS = {
  'tasks.json': JSON.stringify(bodies('JSON').map((body) => ({ data: { body } }))),
  'tasks.jsonl': bodies('JSONL').map((body) => JSON.stringify({ body })).join('\n'),
  'tasks.csv': `body\n${bodies('CSV').map((body) => `"${body}"`).join('\n')}\n`,
};

story('Open project… by chosen and by dropped files; rating and tree; covered, revealed; the activity', async (me) => {
  // the dialog of the system is out of reach: that the button and the key ask for it is seen, and its files are given
  const asked = () => me.ask(() => {
    window.asked = 0;
    const root = document.querySelector('countersign-labeler').shadowRoot;
    root.querySelector('input[type=file]').addEventListener('click', (event) => { window.asked++; event.preventDefault(); });
  });
  await asked();
  await me.click('button', 'Open project…');
  await me.keys('o');
  await until('both to ask for files', () => me.ask(() => window.asked === 2));
  const put = (name, text) => { writeFileSync(join(me.folder, name), text); return join(me.folder, name); };
  const config = put('config.xml', CONFIG);
  for (const [name, form] of [['tasks.json', 'JSON'], ['tasks.jsonl', 'JSONL']]) {
    const [input] = await me.all('file', '');
    await input.sendKeys(`${config}\n${put(name, FORMS[name])}`);
    await me.see('heading', 'Task 1 of 2');
    await me.see('text', `/^${form}: \\[EMAIL`);
    await me.see('text', '/<Video> this tag is not supported');
    await me.click('radio', 'Question');
  }
  await me.ask(([config, tasks]) => {
    const data = new DataTransfer();
    data.items.add(new File([config], 'config.xml'));
    data.items.add(new File([tasks], 'tasks.csv'));
    const zone = document.querySelector('countersign-labeler').shadowRoot.querySelector('.work');
    for (const type of ['dragenter', 'dragover', 'drop']) {
      zone.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, composed: true, cancelable: true }));
    }
  }, [CONFIG, FORMS['tasks.csv']]);
  await me.see('text', '/^CSV: \\[EMAIL');
  await me.see('heading', 'Task 1 of 2');

  const words = () => me.ask(() => {
    const root = document.querySelector('countersign-labeler').shadowRoot;
    return [...root.querySelectorAll('[data-field=body] .run')].map((run) => run.textContent).join('');
  });
  const [, mail] = /^CSV: (\[\w+\]) and \1$/.exec(await words());
  await me.click('button', '/^Reveal');
  await me.focused('dialog input');
  await me.type('call back');
  await me.keys('Enter');
  await me.see('text', `/${MAIL} and`);
  await me.click('button', 'Hide now');
  await me.gone('text', `/${MAIL}`);
  await me.click('radio', 'Complaint');
  await me.keys('6');
  await me.see('radio', '4 of 5', true);
  await me.fill('searchbox', 'Search', 'Owl');
  await me.click('treeitem', '/Owl$');
  await me.click('button', '/^Submit');
  await me.see('heading', 'Task 2 of 2');
  await until('the second text', async () => (await words()).startsWith(`Two ${mail}, [EMAIL_`));

  const log = await me.record();
  await me.see('text', '/^Annotation submitted · task 1');
  await me.see('text', 'Record verified');
  await me.see('text', '/^(\\d+) entries, \\1 verified$');
  verify(log);
  assert.ok(!log.includes(MAIL));
  assert.equal(ofKind(log, 'field.revealed')[0].data.purpose, 'call back');
  const [event] = ofKind(log, 'annotation.submitted');
  assert.equal(answer(event, 'stars').rating, 4);
  assert.deepEqual(answer(event, 'topic').taxonomy, [['Animals', 'Birds', 'Owl']]);
});

story('two profiles, blind to each other, answer the same task; the agreement and its disagreements', async (me) => {
  await me.click('radio', 'Delivery');
  await chooseTopic(me);
  await me.click('button', '/^Submit');
  await me.task(2);
  await me.keys('Shift+p');
  await me.see('dialog', 'Who labels?');
  await me.fill('textbox', '/^Name on this device', 'second');
  await me.keys('Enter');
  await me.gone('dialog', 'Who labels?');
  await me.see('button', 'Profile: second');
  await me.task(1);
  await me.see('radio', 'Delivery', false);
  await me.click('radio', 'Billing');
  await chooseTopic(me);
  await me.click('button', '/^Submit');
  await me.task(2);
  const log = await me.record();
  assert.equal(verify(log).logs.length, 2, 'each profile has a log and a key of its own');
  const answers = ofKind(log, 'annotation.submitted');
  assert.notEqual(answers[0].source, answers[1].source);
  assert.equal(answers[0].subject, answers[1].subject);
  await me.keys('Shift+p');
  await me.click('button', 'me');
  await me.see('button', 'Profile: me');
  await me.keys('Shift+g');
  await me.see('text', '/1 items? answered by two or more of 2 people');
  await me.see('heading', '/^Disagreements \\(1\\)');
});
