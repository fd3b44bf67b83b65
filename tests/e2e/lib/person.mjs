// What a person does on the page, in Chromium: everything is found by its accessible name, and nothing is waited for by
// the clock.
import { readFileSync } from 'node:fs';
import { edges, select } from './letters.mjs';
import { events } from './terminal.mjs';

/// A page with a storage of its own, open on the sample. What it threw, and what it broke of the content policy, is in
/// `page.faults`.
export async function visit(browser, home, { width = 1400, height = 1000, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  return opened(await context.newPage(), home);
}

/// The same, for a page that is there already.
export async function opened(page, home) {
  page.context().setDefaultTimeout(15_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) page.faults.push(message.text());
  });
  // from now on, so that no dialog of the system opens before a test listens
  page.on('filechooser', () => {});
  await page.goto(home);
  await ready(page);
  return page;
}

export const labeler = (page) => page.locator('countersign-labeler');
export const panels = (page) => page.locator('countersign-panels');
export const button = (page, name) => labeler(page).getByRole('button', { name });
export const heading = (page, number) => labeler(page).getByRole('heading', { name: new RegExp(`^Task ${number} of `) });
export const text = (page, field = 'message') => labeler(page).getByRole('textbox', { name: `Text: ${field}` });
export const saved = (page) => labeler(page).getByText('Saved', { exact: true }).waitFor();

export async function ready(page) {
  await heading(page, '\\d+').waitFor();
  await panels(page).getByRole('tab', { name: 'Tasks' }).waitFor();
}

/// The record, as the person gets it.
export async function record(page) {
  await panels(page).getByRole('tab', { name: 'Activity' }).click();
  const get = panels(page).getByRole('button', { name: 'Download record (JSONL)' });
  const [download] = await Promise.all([page.waitForEvent('download'), get.click()]);
  return readFileSync(await download.path(), 'utf8');
}

/// The events of one kind in a record.
export const ofKind = (log, kind) => events(log).filter((event) => event.type === `org.countersign.${kind}.v1`);

/// What a control was answered with in an event.
export const answer = (event, control) => event.data.answers.find((a) => a.control === control);

/// The spans of the task in hand as their list tells them: `LABEL words`.
export async function spans(page) {
  const fold = button(page, /^Spans \(/);
  if ((await fold.count()) === 0) return [];
  if ((await fold.getAttribute('aria-expanded')) === 'false') await fold.click();
  const rows = await labeler(page).locator('.regions li > button.span').allTextContents();
  return rows.map((row) => row.replace(/^(ORDER|PRODUCT|ISSUE|REQUEST|AMOUNT|WHEN)/, '$1 '));
}

/// Where the words stand in the window, once they are in sight.
async function place(page, field, words) {
  const found = await page.evaluate(edges, ['countersign-labeler', field, words]);
  if (!found) throw new Error(`${field} does not say ${words}`);
  return found;
}

/// Selects words with the mouse, as a person drags over them.
export async function drag(page, words, field = 'message') {
  const { from, to } = await place(page, field, words);
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, to[1]);
  await page.mouse.move(...to);
  await page.mouse.up();
}

/// Presses in the middle of words.
export async function press(page, words, field = 'message') {
  const { middle } = await place(page, field, words);
  await page.mouse.click(...middle);
}

/// Selects words as a finger does with the browser's own handles, which no protocol can pull: what they select is set.
export async function hold(page, words, field = 'message') {
  const { middle } = await place(page, field, words);
  await page.touchscreen.tap(...middle);
  await page.evaluate(select, ['countersign-labeler', field, words]);
}
