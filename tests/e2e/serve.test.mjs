// The server that `make serve` starts: its headers, what it hands out, and what it does not.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { serve } from '../../scripts/serve.mjs';

let folder, server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-serve-'));
  mkdirSync(join(folder, 'dist', 'pkg'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'dist', 'index.html'), '<!doctype html>home');
  writeFileSync(join(folder, 'dist', 'pkg', 'app_bg.wasm'), 'wasm');
  writeFileSync(join(folder, 'dist', 'worker.js'), 'postMessage(1)');
  writeFileSync(join(folder, 'dist', 'worker.js.br'), brotliCompressSync('postMessage(1)'));
  writeFileSync(join(folder, 'dist', '.hidden'), 'hidden');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'dist', 'link.txt'));
  server = await serve({ dir: join(folder, 'dist'), port: 0 });
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/// The path goes out as it is written here: fetch would tidy it first.
function get(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((done, failed) => {
    const asked = request({ host: '127.0.0.1', port: server.address().port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (part) => (body += part)).on('end', () => done({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('error', failed).end();
  });
}

test('every answer carries the policy, for pages, workers and refusals alike', async () => {
  for (const path of ['/', '/worker.js', '/pkg/app_bg.wasm', '/nothing']) {
    const { headers } = await get(path);
    const policy = new Map(headers['content-security-policy'].split('; ').map((p) => [p.split(' ')[0], p.split(' ').slice(1)]));
    assert.deepEqual(policy.get('default-src'), ["'none'"], path);
    assert.deepEqual(policy.get('script-src'), ["'self'", "'wasm-unsafe-eval'"], path);
    assert.deepEqual(policy.get('style-src'), ["'self'"], path);
    assert.deepEqual(policy.get('worker-src'), ["'self'"], path);
    for (const none of ['base-uri', 'form-action', 'frame-ancestors']) assert.deepEqual(policy.get(none), ["'none'"], path);
    assert.ok(!headers['content-security-policy'].includes('unsafe-inline'), path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
  }
});

test('files come with their types', async () => {
  for (const [path, type] of [['/', 'text/html'], ['/index.html', 'text/html'], ['/worker.js', 'text/javascript'], ['/pkg/app_bg.wasm', 'application/wasm']]) {
    const { status, headers } = await get(path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'].split(';')[0], type, path);
  }
});

test('nothing outside the folder is handed out', async () => {
  for (const path of [
    '/../secret.txt', '/pkg/../../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%2e%2e%2fsecret.txt',
    '/..\\secret.txt', '/pkg/..%5c..%5csecret.txt', '//etc/passwd', '/link.txt', '/.hidden', '/pkg', '/pkg/', '/%ff', '/%00', '/index.html%00.js',
  ]) {
    const { status, body } = await get(path);
    assert.equal(status, 404, path);
    assert.equal(body, 'not found\n', path);
  }
  assert.equal((await get('/', { method: 'POST' })).status, 405);
  assert.equal((await get('/', { method: 'PROPFIND' })).status, 405);
});

test('a compressed copy is sent to those who take it, and an unchanged file not again', async () => {
  const plain = await get('/worker.js');
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.body, 'postMessage(1)');
  const small = await get('/worker.js', { headers: { 'Accept-Encoding': 'gzip, deflate, br, zstd' } });
  assert.equal(small.headers['content-encoding'], 'br');
  assert.equal(small.headers['content-type'], plain.headers['content-type']);
  assert.equal((await get('/worker.js', { headers: { 'Accept-Encoding': 'br;q=0' } })).headers['content-encoding'], undefined);
  assert.equal((await get('/worker.js', { headers: { 'If-None-Match': plain.headers.etag } })).status, 304);
});
