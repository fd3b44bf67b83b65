// The page as a person uses it, in Chromium: what every story on the screen does. Controls are found by their accessible
// names, and whatever the page broke of the content policy or threw is gathered in `page.faults`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/// A page with a storage of its own, before it goes anywhere.
export async function blank({ browser }, { width = 1400, height = 900, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) page.faults.push(message.text());
  });
  // every message that a worker sends, to look for what must not be in one
  await page.addInitScript(() => {
    const Plain = window.Worker;
    window.heard = [];
    window.Worker = class extends Plain {
      constructor(...given) {
        super(...given);
        this.addEventListener('message', (event) => window.heard.push(String(event.data?.[0])));
      }
    };
  });
  return page;
}

/// The same on the page itself, ready to label.
export async function visit(browser, server, options) {
  const page = await blank(browser, options);
  await page.goto(server.home);
  await ready(page);
  return page;
}

export const labeler = (page) => page.locator('countersign-labeler');
export const panels = (page) => page.locator('countersign-panels');
export const submit = (page) => labeler(page).getByRole('button', { name: /^Submit/ });
export const heading = (page, number, total) => labeler(page).getByRole('heading', { name: `Task ${number} of ${total}`, exact: true });
export const panel = (page) => panels(page).getByRole('tabpanel');

export async function ready(page) {
  await submit(page).waitFor();
  await panels(page).getByRole('tab', { name: 'Tasks' }).waitFor();
}

/// Opens a tab of the panels; answers its panel.
export async function tab(page, name) {
  await panels(page).getByRole('tab', { name }).click();
  const found = panels(page).getByRole('tabpanel', { name });
  await found.waitFor();
  return found;
}

/// What a press hands over: `{ name, text }`.
export async function download(page, press) {
  const [file] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

/// The record, by its button in the activity panel.
export async function record(page) {
  const activity = await tab(page, 'Activity');
  return (await download(page, () => activity.getByRole('button', { name: 'Download record' }).click())).text;
}

/// Chooses files as a person does: the button, then the browser's own dialog. `files` are paths, or `{ name, text }`.
export async function openFiles(page, files) {
  const project = await tab(page, 'Project');
  const [dialog] = await Promise.all([
    page.waitForEvent('filechooser'),
    project.getByRole('button', { name: /^Open project/ }).click(),
  ]);
  const given = files.map((file) => file.name ? { name: file.name, mimeType: 'text/plain', buffer: Buffer.from(file.text) } : file);
  await dialog.setFiles(given);
}

/// The person at work.
export const person = (page) => labeler(page).getByRole('button', { name: /^Profile: / });

/// Makes a profile in the panel of people, with these roles alone, and labels as that person.
export async function become(page, name, roles) {
  const people = await tab(page, 'People');
  const known = people.getByRole('button', { name: `Switch to ${name}`, exact: true });
  await people.getByText('New profile', { exact: true }).waitFor();
  if (await known.count()) {
    await known.click();
  } else {
    await people.getByText('New profile', { exact: true }).click();
    await people.getByRole('textbox', { name: /^Name on this device/ }).fill(name);
    const form = people.locator('form', { has: people.page().getByRole('button', { name: 'Make it and switch' }) });
    for (const box of ['own', 'annotate', 'review', 'adjudicate']) {
      await form.getByRole('checkbox', { name: box, exact: true }).setChecked(roles.includes(box));
    }
    await people.getByRole('button', { name: 'Make it and switch' }).click();
  }
  await labeler(page).getByRole('button', { name: `Profile: ${name}`, exact: true }).waitFor();
}

/// What axe finds on the screen, as lines; nothing is what it should find.
export async function violations(page) {
  // axe itself sets styles that the policy forbids
  const faults = [...page.faults];
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  page.faults.splice(0, Infinity, ...faults);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | ')}`);
}
