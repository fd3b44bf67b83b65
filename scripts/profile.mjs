// Opens a traced build (TRACE=1 scripts/build.sh) as on a first visit, and notes the functions that ran until the first
// task stood and all was quiet. Several sizes of window, since a phone draws other things.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tests/e2e/browsers.mjs';
import { start } from '../tests/e2e/lib/chrome.mjs';
import { dist, host } from '../tests/e2e/lib/host.mjs';

const MODULES = ['app', 'compute'];
const ran = { app: new Set(), compute: new Set() };
/// The functions that ran, once no other ran for a second.
async function settled() {
  for (let before = -1; before !== globalThis.countersignRan.size;) {
    before = globalThis.countersignRan.size;
    await new Promise((done) => setTimeout(done, 1000));
  }
  return [...globalThis.countersignRan];
}

const server = await host();
const browser = await start();
try {
  for (const [width, height] of [[1400, 900], [390, 844]]) {
    const context = await browser.browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    // a traced build is slow: nothing may lose patience and bring the panels before the task
    await page.addInitScript(() => {
      const later = window.setTimeout.bind(window);
      window.setTimeout = (work, ms, ...given) => later(work, ms >= 3000 ? ms * 20 : ms, ...given);
    });
    // the labeling alone, until all is quiet: what it does right behind its first task must not wait for the rest either
    await page.addInitScript(() => new MutationObserver(() => document.querySelector('countersign-panels')?.remove())
      .observe(document, { childList: true, subtree: true }));
    await page.addInitScript(() => document.addEventListener('DOMContentLoaded', () => {
      document.querySelector('countersign-labeler').addEventListener('shown', () => { window.shown = true; });
    }));
    await page.goto(server.home);
    const note = async () => {
      await page.waitForFunction(() => window.shown);
      const worker = page.workers().find((w) => w.url().includes('/compute.js'));
      for (const [name, where] of [['app', page], ['compute', worker]]) {
        for (const number of await where.evaluate(settled)) ran[name].add(number);
      }
    };
    await note();
    // who comes back, with something in hand, online and not
    await page.locator('countersign-labeler').getByRole('radio').first().click();
    await page.locator('countersign-labeler').getByText('Saved', { exact: true }).waitFor();
    for (const offline of [false, true]) {
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await context.setOffline(offline);
      await page.reload();
      await note();
    }
    await context.close();
  }
} finally {
  await browser.end();
  await server.close();
}
for (const name of MODULES) {
  const keys = JSON.parse(readFileSync(join(dist, 'pkg', `${name}_keys.json`), 'utf8'));
  const hot = new Set([...ran[name]].map((number) => keys[number]));
  const cold = new Set(keys.filter((key) => !hot.has(key)));
  const lines = [...cold].sort().join(' ').match(/.{1,110}(?= |$)/g) ?? [];
  const head = '# Functions that did not run until the first task stood: keys of their names.\n# Made by scripts/profile.sh.\n';
  writeFileSync(join(root, 'scripts', 'later', `${name}.txt`), `${head}${lines.map((line) => line.trim()).join('\n')}\n`);
  console.log(`${name}: ${ran[name].size} of ${keys.length} functions ran`);
}
