// The terminal tool, as a person uses it on a file the page gave them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../browsers.mjs';

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const candidates = [process.env.COUNTERSIGN, join(target, 'debug', 'countersign'), join(target, 'release', 'countersign')];
export const tool = candidates.find((path) => path && existsSync(path));

/// Runs it with these arguments: `{ status, out, err }`.
export function countersign(...args) {
  if (!tool) throw new Error('the terminal tool is missing: run cargo build --bin countersign');
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 28 });
  if (error) throw error;
  return { status, out: stdout, err: stderr };
}

/// Verifies texts, each as a file of its own, and gives the report; throws what the tool said where it refuses.
export function verify(...texts) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-verify-'));
  try {
    const files = texts.map((text, at) => {
      const path = join(folder, `${at}.jsonl`);
      writeFileSync(path, text);
      return path;
    });
    const { status, out, err } = countersign('verify', '--json', ...files);
    if (status !== 0) throw new Error(`countersign verify ended with ${status}: ${err}${out}`.slice(0, 4000));
    return JSON.parse(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/// The events of a downloaded log.
export const events = (log) => log.split('\n').filter(Boolean).map((line) => JSON.parse(line));
