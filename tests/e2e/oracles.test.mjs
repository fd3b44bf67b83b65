// What the page writes, read by other people's programs: JOSE, RFC 8785 and CloudEvents libraries in Python.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from './browsers.mjs';
import { start } from './lib/chrome.mjs';
import { host } from './lib/host.mjs';

let server, browser, folder;
before(async () => {
  server = await host();
  browser = await start();
  folder = mkdtempSync(join(tmpdir(), 'countersign-oracles-'));
});
after(async () => {
  await browser?.end();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/// Reads logs, given as paths: `{ status, out }`.
function read(...paths) {
  const python = process.env.PYTHON ?? join(root, '.tools', 'venv', 'bin', 'python');
  assert.ok(existsSync(python), '.tools/venv is missing: run scripts/setup.sh test');
  const script = join(root, 'tests', 'e2e', 'check_record.py');
  const { status, stdout, stderr } = spawnSync(python, [script, ...paths], { encoding: 'utf8', timeout: 120_000 });
  return { status, out: stdout + stderr };
}

test('the golden logs are read, the erased copy too', () => {
  const logs = ['a', 'b', 'a-erased'].map((name) => join(root, 'tests', 'fixtures', 'log', `${name}.jsonl`));
  const { status, out } = read(...logs);
  assert.equal(status, 0, out);
  assert.equal(out.trim().split('\n').length, 3);
});

test('what the page wrote is read, a large answer with it, and a changed bit refused', async () => {
  const context = await browser.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.bare);
    await page.waitForFunction('typeof connect === "function"');
    const log = await page.evaluate(async () => {
      const me = await connect();
      const config = '<View><Labels name="ner" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/></View>';
      const tasks = JSON.stringify(['Some words é 😀. '.repeat(7_000), 'short'].map((text) => ({ data: { text } })));
      await me.must({ act: 'open_texts', slug: 'oracle', name: 'Oracle', config, tasks, guideline: '# Read\n' });
      for (const [{ task }, count] of [[(await me.tasks())[0], 2_000], [(await me.tasks())[1], 1]]) {
        const spans = Array.from({ length: count }, (_, i) => ({ start: i * 40, end: i * 40 + 4, labels: ['A'], id: `r${i}` }));
        const { trouble } = await me.submit(await me.hand(task), [{ control: 'ner', spans }]);
        if (trouble) throw new Error(JSON.stringify(trouble));
      }
      return me.log();
    });
    const file = join(folder, 'page.jsonl');
    writeFileSync(file, log);
    const { status, out } = read(file);
    assert.equal(status, 0, out);
    for (const [what, before, after] of [['hlc', /("hlc":"[0-9a-f]{12}-000)./, '$1f'], ['labels', '"labels":["A"]', '"labels":["B"]'], ['jws', /(?<="jws":"[^"]{240})./, (c) => (c === 'A' ? 'B' : 'A')]]) {
      const changed = log.replace(before, after);
      assert.notEqual(changed, log);
      writeFileSync(file, changed);
      assert.equal(read(file).status, 1, what);
    }
  } finally {
    await context.close();
  }
});
