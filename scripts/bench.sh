#!/usr/bin/env bash
# The native benchmarks, then the page in Chromium.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
cargo bench --all-features --benches
if [ -f benches/page.mjs ]; then scripts/build.sh; node benches/page.mjs; fi
