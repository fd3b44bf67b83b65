// Real browsers for the tests: headless, each with a profile of its own that is removed afterwards, and nothing fetched.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, Builder, logging } from 'selenium-webdriver';
import chrome from 'selenium-webdriver/chrome.js';
import firefox from 'selenium-webdriver/firefox.js';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/// A program's path; a test that needs one that is missing fails.
export function program(...names) {
  const cargo = process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo');
  const dirs = [join(root, '.tools', 'bin'), join(cargo, 'bin'), ...process.env.PATH.split(delimiter), '/usr/sbin'];
  for (const name of names) {
    const dir = dirs.find((d) => existsSync(join(d, name)));
    if (dir) return join(dir, name);
  }
  throw new Error(`${names.join(' or ')} is missing: run scripts/setup.sh test`);
}

/// Chromium, with its console kept for `consoleOf`. `profile` keeps a folder across starts; otherwise it is a new one.
export async function chromium({ profile, width = 1280, height = 900 } = {}) {
  const dir = profile ?? mkdtempSync(join(tmpdir(), 'countersign-chromium-'));
  const options = new chrome.Options().setChromeBinaryPath(program('chromium'));
  options.addArguments(
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
    '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
    `--user-data-dir=${dir}`, `--window-size=${width},${height}`,
  );
  const kept = new logging.Preferences();
  kept.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  options.setLoggingPrefs(kept);
  const driver = await new Builder()
    .forBrowser(Browser.CHROME)
    .setChromeOptions(options)
    .setChromeService(new chrome.ServiceBuilder(program('chromedriver')))
    .build();
  return ended(driver, profile ? null : dir);
}

/// Firefox. Its driver makes the profile and removes it.
export async function gecko({ width = 1280, height = 900, preferences = {} } = {}) {
  const options = new firefox.Options().setBinary(program('firefox-esr', 'firefox'));
  options.addArguments('-headless', `--width=${width}`, `--height=${height}`);
  options.setPreference('app.update.enabled', false);
  options.setPreference('network.captive-portal-service.enabled', false);
  options.setPreference('network.connectivity-service.enabled', false);
  for (const [name, value] of Object.entries(preferences)) options.setPreference(name, value);
  const driver = await new Builder()
    .forBrowser(Browser.FIREFOX)
    .setFirefoxOptions(options)
    .setFirefoxService(new firefox.ServiceBuilder(program('geckodriver')))
    .build();
  return ended(driver, null);
}

function ended(driver, dir) {
  driver.end = async () => {
    await driver.quit().catch(() => {});
    if (dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  return driver;
}

/// What the page wrote to its console so far (Chromium): `{ level, message }`.
export async function consoleOf(driver) {
  const entries = await driver.manage().logs().get(logging.Type.BROWSER);
  return entries.map((entry) => ({ level: entry.level.name, message: entry.message }));
}

/// Asks again until `ask` answers with something true; the error names what was waited for.
export async function until(what, ask, timeout = 10_000) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeout} ms for ${what}; last: ${last?.message ?? last}`);
    await new Promise((go) => setTimeout(go, 25));
  }
}
