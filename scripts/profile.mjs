// Opens a traced build (TRACE=1 scripts/build.sh) as on a first visit, and notes the functions that ran until the first
// task was drawn. Several sizes of window, since a phone draws other things.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tests/e2e/browsers.mjs';
import { start } from '../tests/e2e/lib/chrome.mjs';
import { dist, host } from '../tests/e2e/lib/host.mjs';

const MODULES = ['app', 'compute'];
const ran = { app: new Set(), compute: new Set() };
const server = await host();
const browser = await start();
try {
  for (const [width, height] of [[1400, 900], [390, 844]]) {
    const context = await browser.browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    await page.addInitScript(() => document.addEventListener('DOMContentLoaded', () => {
      const labeler = document.querySelector('countersign-labeler');
      // the task is in the page by the next frame, and the panels come after it
      labeler.addEventListener('shown', () => requestAnimationFrame(() => {
        window.ranFirst ??= [...globalThis.countersignRan];
      }));
    }));
    await page.goto(server.home);
    await page.waitForFunction(() => window.ranFirst);
    for (const number of await page.evaluate(() => window.ranFirst)) ran.app.add(number);
    const worker = page.workers().find((w) => w.url().includes('/compute.js'));
    for (const number of await worker.evaluate(() => globalThis.countersignRanFirst)) ran.compute.add(number);
    await context.close();
  }
} finally {
  await browser.end();
  await server.close();
}
for (const name of MODULES) {
  const keys = JSON.parse(readFileSync(join(dist, 'pkg', `${name}_keys.json`), 'utf8'));
  const variants = new Map();
  for (const key of keys) variants.set(key.name, (variants.get(key.name) ?? 0) + 1);
  const tokens = new Set([...ran[name]].map((number) => {
    const key = keys[number];
    return variants.get(key.name) > 1 ? `${key.name}.${key.shape}` : key.name;
  }));
  const lines = [...tokens].sort().join(' ').match(/.{1,110}(?= |$)/g) ?? [];
  const head = '# Functions that run until the first task is drawn: keys of names, and of shapes where several share a name.\n# Made by scripts/profile.sh.\n';
  writeFileSync(join(root, 'scripts', 'first', `${name}.txt`), `${head}${lines.map((line) => line.trim()).join('\n')}\n`);
  console.log(`${name}: ${tokens.size} of ${keys.length} functions`);
}
