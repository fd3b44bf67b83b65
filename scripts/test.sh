#!/usr/bin/env bash
# Runs the tests: test.sh all | native | wasm | e2e. A tool that is missing is a failure, never a skip.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
what=${1:-all}

native() {
  say "test: native"
  cargo test --all-features
}

wasm() { # unit tests that need a browser's own APIs, in headless Chromium
  for tool in chromium chromedriver wasm-bindgen-test-runner; do have "$tool" || fail "$tool is missing: run scripts/setup.sh test"; done
  say "test: wasm in Chromium"
  CHROMEDRIVER=$(command -v chromedriver) CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
    cargo test --target wasm32-unknown-unknown --no-default-features --features page,compute --test browser
}

e2e() { # the user's story in real browsers, against the release build
  local files=(); mapfile -t files < <(compgen -G 'tests/e2e/*.test.mjs' || true)
  [ ${#files[@]} -gt 0 ] || return 0
  for tool in chromium chromedriver geckodriver apache2; do have "$tool" || fail "$tool is missing: run scripts/setup.sh test"; done
  [ -x "$tools/venv/bin/python" ] || fail ".tools/venv is missing: run scripts/setup.sh test"
  scripts/build.sh
  say "test: end to end"
  # a test that waits for what never comes fails, instead of holding everything up
  timeout --foreground 3000 node --test --test-concurrency=1 --test-timeout=240000 "${files[@]}" \
    || fail "the end-to-end tests did not pass; the lines 'not ok' above name them"
}

case $what in
  all) native; wasm; e2e; say "test: all passed" ;;
  native|wasm|e2e) "$what" ;;
  *) fail "usage: scripts/test.sh all|native|wasm|e2e" ;;
esac
