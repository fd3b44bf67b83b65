// What a person does on the page, in Firefox over WebDriver: controls are found by role and name in the open shadow
// roots, the mouse and the keys are the browser's own.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Key } from 'selenium-webdriver';
import { gecko, until } from '../browsers.mjs';
import { edges } from './letters.mjs';

/// In the page: the visible elements of a role whose name is this or, after a slash, fits.
function seek([role, name, checked]) {
  const SELECTOR = {
    button: 'button, summary', radio: 'input[type=radio]', checkbox: 'input[type=checkbox]', heading: 'h2, h3, h4', tab: '[role=tab]',
    textbox: 'textarea, input[type=text], [role=textbox], [role=combobox]', searchbox: 'input[type=search]', treeitem: '[role=treeitem]',
    dialog: 'dialog[open]', region: 'section', option: '[role=option]', text: 'p, span, li, strong, h3, dd', file: 'input[type=file]',
  };
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute('aria-hidden') === 'true') return '';
    return [...node.childNodes].map(words).join('');
  };
  const named = (node) => {
    const by = node.getAttribute('aria-labelledby');
    if (node.hasAttribute('aria-label')) return node.getAttribute('aria-label');
    if (by) return words(node.getRootNode().getElementById(by));
    if (node.matches('dialog')) return words(node.querySelector('h2, h3'));
    return words(node.matches('input, textarea, select') ? node.closest('label') ?? node : node);
  };
  const fits = name.startsWith('/') ? (text) => new RegExp(name.slice(1)).test(text) : (text) => text === name;
  const roots = [...document.querySelectorAll('countersign-labeler, countersign-panels')].map((host) => host.shadowRoot);
  const all = roots.flatMap((root) => [...(root?.querySelectorAll(SELECTOR[role]) ?? [])]);
  return all.filter((node) => (role === 'file' || node.checkVisibility()) && fits(named(node).trim())
    && (checked === undefined || checked === null || node.checked === checked));
}

const source = (work) => `return (${work.toString()})(arguments[0]);`;

/// Firefox on the page, with a folder that takes its downloads.
export async function fox(home) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-fox-'));
  const driver = await gecko({ width: 1400, height: 1000, preferences: {
    'browser.download.folderList': 2, 'browser.download.dir': folder, 'browser.download.always_ask_before_handling_new_types': false,
  } });
  const ask = (work, ...given) => driver.executeScript(source(work), ...given);
  const me = {
    driver, ask, folder,
    all: (role, name, checked) => ask(seek, [role, name, checked]),
    see: (role, name, checked) => until(`${role} ${name}`, async () => (await me.all(role, name, checked))[0], 15_000),
    gone: (role, name) => until(`no ${role} ${name}`, async () => (await me.all(role, name)).length === 0, 15_000),
    click: async (role, name) => {
      await until(`a click on ${role} ${name}`, async () => {
        const [found] = await me.all(role, name);
        if (!found) return false;
        await ask((node) => node.scrollIntoView({ block: 'center', behavior: 'instant' }), found);
        await found.click();
        return true;
      }, 15_000);
    },
    fill: async (role, name, words) => {
      const field = await me.see(role, name);
      await field.clear();
      await field.sendKeys(words);
    },
    keys: async (...all) => {
      for (const chord of all) {
        const parts = chord.length > 1 ? chord.split('+') : [chord];
        const key = (part) => Key[part.toUpperCase()] ?? part;
        const hand = driver.actions();
        for (const part of parts.slice(0, -1)) hand.keyDown(key(part));
        hand.sendKeys(key(parts.at(-1)));
        for (const part of parts.slice(0, -1).reverse()) hand.keyUp(key(part));
        await hand.perform();
      }
    },
    type: (words) => driver.actions().sendKeys(words).perform(),
    drag: async (words, field = 'message') => {
      const { from, to } = await ask(edges, ['countersign-labeler', field, words]);
      const at = ([x, y], duration = 20) => ({ x: Math.round(x), y: Math.round(y), duration });
      await driver.actions().move(at(from, 0)).press().move(at([(from[0] + to[0]) / 2, to[1]])).move(at(to)).release().perform();
    },
    press: async (words, field = 'message') => {
      const { middle: [x, y] } = await ask(edges, ['countersign-labeler', field, words]);
      await driver.actions().move({ x: Math.round(x), y: Math.round(y) }).press().release().perform();
    },
    spans: () => ask(() => {
      const root = document.querySelector('countersign-labeler').shadowRoot;
      const fold = root.querySelector('.regions > button');
      if (fold?.getAttribute('aria-expanded') === 'false') fold.click();
      return [...root.querySelectorAll('.regions li > button.span')].map((row) => [...row.children].map((part) => part.textContent).join(' '));
    }),
    spansAre: async (expect) => {
      let last;
      await until(`the spans ${expect}`, async () => (last = JSON.stringify(await me.spans())) === JSON.stringify(expect), 8000)
        .catch(() => { throw new Error(`the spans are ${last}, not ${JSON.stringify(expect)}`); });
    },
    focused: (what) => until(`focus in ${what}`, () => ask((what) => {
      let now = document.activeElement;
      while (now?.shadowRoot) now = now.shadowRoot.activeElement;
      return now?.matches(what);
    }, what)),
    task: (number) => me.see('heading', `/^Task ${number} of `),
    record: async () => {
      await me.click('tab', '/^Activity');
      const before = new Set(readdirSync(folder));
      await me.click('button', '/^Download record');
      const name = await until('the download', () => {
        const files = readdirSync(folder);
        return !files.some((file) => file.endsWith('.part')) && files.find((file) => !before.has(file) && file.endsWith('.jsonl'));
      });
      return until('its text', () => readFileSync(join(folder, name), 'utf8'));
    },
    end: async () => {
      await driver.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await driver.get(home);
  await me.task('\\d+');
  return me;
}
