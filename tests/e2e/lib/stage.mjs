// The server and the Chromium of one test file: there before its first test, gone after its last. Each file runs in a process
// of its own, so both belong to that file alone.
import { after, before } from 'node:test';
import { start } from './chrome.mjs';
import { host } from './host.mjs';

export let server, browser;
before(async () => {
  server = await host();
  browser = await start();
});
after(async () => {
  await browser?.end();
  await server?.close();
});
