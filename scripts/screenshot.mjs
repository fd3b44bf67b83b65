// Makes docs/screenshot.png of the release build: node scripts/screenshot.mjs [--dark] [--out file.png] [--width 1440 --height 900]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium, root, until } from '../tests/e2e/browsers.mjs';
import { serve } from './serve.mjs';

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const dist = join(root, 'dist');
if (!existsSync(join(dist, 'index.html'))) {
  console.error('error: dist is not there: run make build first');
  process.exit(1);
}
const out = option('out', join(root, 'docs', 'screenshot.png'));
const size = { width: Number(option('width', 1440)), height: Number(option('height', 900)) };

const server = await serve({ dir: dist, port: 0 });
const driver = await chromium(size);
try {
  await driver.sendDevToolsCommand('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: process.argv.includes('--dark') ? 'dark' : 'light' }],
  });
  await driver.sendDevToolsCommand('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1, mobile: false });
  await driver.get(`http://127.0.0.1:${server.address().port}/`);
  await until('the first task', () => driver.executeScript(`
    const root = document.querySelector('countersign-labeler')?.shadowRoot;
    return (root?.textContent ?? '').includes('Tarn Doorbell 2');
  `), 30_000);
  // the pointer rests where it covers nothing, and fonts are in place
  await driver.executeAsyncScript('document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(arguments[0])))');
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, Buffer.from(await driver.takeScreenshot(), 'base64'));
  console.log(`wrote ${out}`);
} finally {
  await driver.end();
  server.close();
  server.closeAllConnections();
}
