// The same real servers as in tests/it/servers.rs: SeaweedFS as a bucket, Apache mod_dav as a WebDAV folder; on loopback,
// with free ports and a folder of their own.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, root, until } from '../browsers.mjs';

const READY_MS = 90_000;
const fixture = (name) => readFileSync(join(root, 'tests', 'fixtures', 'servers', name), 'utf8');

async function freePorts(count) {
  const held = await Promise.all(Array.from({ length: count }, () => new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => done(server));
  })));
  const ports = held.map((server) => server.address().port);
  await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/// Starts a program in a process group of its own.
function run(path, args, dir) {
  const child = spawn(path, args, { detached: true, stdio: 'ignore' });
  const gone = new Promise((done) => child.once('exit', done));
  return async () => {
    try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it ended by itself */ }
    await gone;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
}

const answers = async (url, init) => (await fetch(url, init).catch(() => null))?.status;

/// A bucket: `{ endpoint, credentials, close }`.
export async function s3() {
  const own = join(root, '.tools', 'venv', 'bin', 'weed');
  const weed = existsSync(own) ? own : program('weed');
  const dir = mkdtempSync(join(tmpdir(), 'countersign-s3-'));
  writeFileSync(join(dir, 's3.json'), fixture('seaweed-s3.json'));
  const names = ['s3.port', 's3.port.grpc', 'filer.port', 'filer.port.grpc', 'master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc'];
  const ports = await freePorts(names.length);
  const close = run(weed, [
    'server', '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer', '-s3', `-dir=${dir}`, `-s3.config=${join(dir, 's3.json')}`,
    '-s3.allowedOrigins=*', '-s3.port.iceberg=0', '-s3.port.lance=0', '-master.volumeSizeLimitMB=64', '-volume.max=100',
    '-master.telemetry=false', ...names.map((name, at) => `-${name}=${ports[at]}`),
  ], dir);
  const [port, , filer] = ports;
  // a bucket is a folder of the filer; an object in it shows that volumes are up
  await until('the bucket', async () => (await answers(`http://127.0.0.1:${filer}/buckets/labels/`, { method: 'POST' })) < 300, READY_MS);
  const probe = `http://127.0.0.1:${filer}/buckets/labels/probe`;
  await until('the bucket to take objects', async () => (await answers(probe, { method: 'PUT', body: 'x' })) < 300, READY_MS);
  await answers(probe, { method: 'DELETE' });
  await until('the gateway', async () => (await answers(`http://127.0.0.1:${port}/labels`)) === 403, READY_MS);
  return {
    endpoint: { id: 's3', kind: 's3', endpoint: `http://127.0.0.1:${port}`, bucket: 'labels', region: 'us-east-1' },
    credentials: { kind: 'access-key', access_key_id: 'AKTEST', secret_access_key: 'SKTEST' },
    close,
  };
}

/// A WebDAV folder: the same.
export async function webdav() {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-dav-'));
  chmodSync(dir, 0o755);
  for (const folder of ['data', 'lock']) {
    mkdirSync(join(dir, folder));
    // started by root, Apache serves as another user
    chmodSync(join(dir, folder), 0o777);
  }
  // user t, password secret
  writeFileSync(join(dir, 'htpasswd'), 't:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n');
  const [port] = await freePorts(1);
  const text = fixture('apache-dav.conf').replaceAll('@DIR@', dir).replaceAll('@PORT@', String(port));
  writeFileSync(join(dir, 'httpd.conf'), text);
  const close = run(program('apache2'), ['-D', 'FOREGROUND', '-f', join(dir, 'httpd.conf')], dir);
  await until('the WebDAV server', async () => (await answers(`http://127.0.0.1:${port}/`)) === 401, READY_MS);
  return {
    endpoint: { id: 'dav', kind: 'webdav', url: `http://127.0.0.1:${port}` },
    credentials: { kind: 'password', username: 't', password: 'secret' },
    close,
  };
}

/// The same place behind a wire that can be cut: `{ …place, straight, cut, mend }`. While it is cut, nothing listens at
/// its address. `straight` is the endpoint past the wire, for programs that the test waits for without letting it work.
export async function wired(place) {
  const key = place.endpoint.kind === 's3' ? 'endpoint' : 'url';
  const target = Number(new URL(place.endpoint[key]).port);
  const open = new Set();
  const wire = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => { open.delete(one); other.destroy(); });
    }
  });
  const listen = (port) => new Promise((done) => wire.listen(port, '127.0.0.1', () => done(wire.address().port)));
  const port = await listen(0);
  const cut = () => new Promise((done) => {
    wire.close(done);
    open.forEach((socket) => socket.destroy());
  });
  const mend = () => listen(port);
  const close = async () => {
    if (wire.listening) await cut();
    await place.close();
  };
  return { ...place, straight: place.endpoint, endpoint: { ...place.endpoint, [key]: `http://127.0.0.1:${port}` }, cut, mend, close };
}
