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
    // a traced build is slow: nothing may lose patience and bring the panels before the task
    await page.addInitScript(() => {
      const later = window.setTimeout.bind(window);
      window.setTimeout = (work, ms, ...given) => later(work, ms >= 3000 ? ms * 20 : ms, ...given);
    });
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
  // by name, and where some of a name ran and some did not, by shape: what has the shape of one that ran stays as well
  const hot = new Map();
  for (const number of ran[name]) hot.set(keys[number].name, (hot.get(keys[number].name) ?? new Set()).add(keys[number].shape));
  const tokens = new Set(keys.flatMap((key) => {
    const shapes = hot.get(key.name);
    if (!shapes) return [key.name];
    return shapes.has(key.shape) ? [] : [`${key.name}.${key.shape}`];
  }));
  const lines = [...tokens].sort().join(' ').match(/.{1,110}(?= |$)/g) ?? [];
  const head = '# Functions that did not run until the first task was drawn: keys of names, and of shapes where some of a name ran.\n# Made by scripts/profile.sh.\n';
  writeFileSync(join(root, 'scripts', 'later', `${name}.txt`), `${head}${lines.map((line) => line.trim()).join('\n')}\n`);
  console.log(`${name}: ${ran[name].size} of ${keys.length} functions ran`);
}
