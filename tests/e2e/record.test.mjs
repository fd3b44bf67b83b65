// The record that the page writes, judged by the terminal tool; in both browsers, on a page without a screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium, gecko } from './browsers.mjs';
import { host } from './lib/host.mjs';
import { events, verify } from './lib/terminal.mjs';
import { inPage } from './lib/inpage.mjs';

let server;
before(async () => (server = await host()));
after(() => server.close());

/// Opens the sample, answers some tasks, reveals one field, and takes the log.
const work = async (count) => {
  const me = await connect();
  await me.open();
  const rows = await me.tasks();
  const answered = [];
  for (const row of rows.slice(0, count)) {
    const view = await me.hand(row.task);
    const { ok } = await me.submit(view, answersOf(`mark ${row.ordinal}`));
    answered.push({ task: row.task, sequence: ok.sequence });
  }
  await me.must({ act: 'skip', task: rows[count].task, reason: 'unreadable' });
  const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking' && v.done === count);
  const activity = await me.watch({ view: 'activity' }, (v) => v.verified === v.total);
  return { answered, shell, activity, log: await me.log() };
};

for (const [name, open] of [['Chromium', chromium], ['Firefox', gecko]]) {
  test(`${name}: what the page wrote verifies in the terminal`, async () => {
    const driver = await open();
    try {
      await driver.get(server.bare);
      const run = inPage(driver);
      const { answered, shell, activity, log } = await run(work, 5);
      const report = verify(log);
      const lines = events(log);
      assert.equal(shell.record, 'verified');
      assert.equal(shell.custody, 'webcrypto-nonextractable');
      assert.equal(activity.total, lines.length);
      assert.deepEqual(activity.problems, []);
      assert.equal(report.logs.length, 1);
      for (const { task, sequence } of answered) {
        const event = lines[sequence];
        assert.equal(event.type, 'org.countersign.annotation.submitted.v1');
        assert.equal(event.subject, task);
      }
      assert.equal(lines.at(-1).type, 'org.countersign.task.skipped.v1');

      // a changed byte anywhere in what was answered is refused
      assert.throws(() => verify(log.replace('"mark 3"', '"mark 4"')), /ended with/);
    } finally {
      await driver.end();
    }
  });

  test(`${name}: a page opened again goes on with the same log`, async () => {
    const driver = await open();
    try {
      await driver.get(server.bare);
      const first = await inPage(driver)(work, 2);
      await driver.navigate().refresh();
      const again = await inPage(driver)(async () => {
        const me = await connect();
        await me.open();
        const shell = await me.watch({ view: 'shell' }, (v) => v.record !== 'checking');
        const rows = await me.tasks();
        const view = await me.hand(rows[5].task);
        await me.submit(view, answersOf('after'));
        return { shell, log: await me.log() };
      });
      assert.equal(again.shell.record, 'verified');
      assert.equal(again.shell.done, 2);
      assert.equal(again.shell.skipped, 1);
      assert.ok(again.log.startsWith(first.log));
      verify(again.log);
    } finally {
      await driver.end();
    }
  });
}
