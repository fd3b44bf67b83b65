// Chromium by its own protocol, where WebDriver does not reach: a worker's console as it happens, quotas, and a process
// that is killed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { program, until } from '../browsers.mjs';

const ARGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-default-browser-check',
  '--disable-sync', '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
  '--disable-extensions', '--remote-debugging-port=0', 'about:blank',
];

export function newProfile() {
  return mkdtempSync(join(tmpdir(), 'countersign-chrome-'));
}

/// Starts Chromium in a process group of its own: `{ context, page, kill, end }`. `kill` ends all its processes at once,
/// with no chance to tidy up, and answers when they are gone.
export async function start({ profile, args = [] } = {}) {
  const dir = profile ?? newProfile();
  const child = spawn(program('chromium'), [`--user-data-dir=${dir}`, ...args, ...ARGS], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise((done) => child.once('exit', done));
  const address = await new Promise((found, failed) => {
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
      const match = /DevTools listening on (ws:\S+)/.exec(said);
      if (match) found(match[1]);
    });
    child.once('exit', (code) => failed(new Error(`chromium ended with ${code}: ${said.slice(-2000)}`)));
    child.once('error', failed);
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  const page = context.pages()[0] ?? (await context.newPage());
  const remove = () => profile || rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  const kill = async () => {
    process.kill(-child.pid, 'SIGKILL');
    await gone;
    await until('all processes of the browser to be gone', () => !alive(child.pid));
    await browser.close().catch(() => {});
  };
  const end = async () => {
    if (alive(child.pid)) await kill();
    remove();
  };
  return { browser, context, page, kill, end, pid: child.pid };
}

/// A process of the group still runs. Those that ended and only wait for their parent do not count.
function alive(group) {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      // after the name in brackets: state, parent, group
      const [state, , of] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      return Number(of) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}

/// A session of the protocol with the page.
export const session = ({ context, page }) => context.newCDPSession(page);
