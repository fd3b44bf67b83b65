#!/usr/bin/env bash
# Formatting, clippy for the machine and for the browser, the scripts' syntax, licences and sources of dependencies.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
say "lint: rustfmt"; cargo fmt --check
say "lint: clippy"; cargo clippy --all-targets --all-features -- -D warnings
say "lint: clippy for the browser"
cargo clippy --target wasm32-unknown-unknown --no-default-features --features page,compute,sync --lib --bins -- -D warnings
say "lint: scripts"
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
while IFS= read -r script; do node --check "$script"; done < <(find scripts www tests -name '*.mjs' -o -name '*.js' -not -path '*/node_modules/*')
say "lint: licences and sources"; cargo deny --log-level error check licenses bans sources
say "lint: passed"
