#!/usr/bin/env bash
# Makes scripts/later/*.txt anew: which functions do not run until the first task is on the screen. Worth doing when the figure of
# `make build` has grown; the lists are kept, so that building needs no browser.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
scripts/setup.sh test
export DIST=$root/target/profile
TRACE=1 scripts/build.sh
node scripts/profile.mjs
