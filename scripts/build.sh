#!/usr/bin/env bash
# Builds dist/: three WebAssembly modules, the static files, compressed copies, and the service worker's list.
# DEV=1 leaves out the optimiser and the compression; TRACE=1 makes what scripts/profile.sh measures. Work whose inputs did
# not change is skipped.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
if [ -n "${DEV:-}" ]; then profile=web-dev; else profile=web; fi
mode=$profile${TRACE:+-trace}
dist=${DIST:-$root/dist}
mkdir -p "$dist/pkg" "$dist/.stamps"

if [ "$(cat "$dist/.stamps/profile" 2>/dev/null || true)" != "$mode" ]; then
  rm -rf "${dist:?}"/* "$dist/.stamps"; mkdir -p "$dist/pkg" "$dist/.stamps"
  printf '%s' "$mode" > "$dist/.stamps/profile"
fi

wasm_opt_flags=(-Oz --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals
  --enable-reference-types --enable-multivalue)

module() { # binary, features
  local name=$1 features=$2 wasm="$target/wasm32-unknown-unknown/$profile/$1.wasm"
  say "build: $name ($profile)"
  if [ "$profile" = web ]; then
    # paths of the building machine do not belong into what is served; names that carry their types tell the functions apart
    # by which a module is split
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Csymbol-mangling-version=v0 --remap-path-prefix=$cargo_home=cargo --remap-path-prefix=$(rustc --print sysroot)=rust"
  fi
  cargo build --target wasm32-unknown-unknown --profile "$profile" --no-default-features --features "$features" --bin "$name"
  local later=scripts/later/$name.txt hash
  [ -f "$later" ] || later=/dev/null
  hash=$(cat "$wasm" scripts/build.sh scripts/split.mjs scripts/wat.mjs "$later" | sha256sum | cut -c1-64)
  [ "$(cat "$dist/.stamps/$name" 2>/dev/null || true)" = "$hash" ] && return
  # functions keep their names until the module is split by them
  wasm-bindgen --target web --no-typescript --keep-debug --out-dir "$dist/pkg" "$wasm"
  if [ "$profile" = web ]; then
    say "build: wasm-opt $name"
    local strip=(--strip-debug --strip-producers)
    [ -f "$later" ] && strip=(-g)
    wasm-opt "${wasm_opt_flags[@]}" "${strip[@]}" "$dist/pkg/${name}_bg.wasm" -o "$dist/pkg/${name}_bg.wasm.tmp"
    mv "$dist/pkg/${name}_bg.wasm.tmp" "$dist/pkg/${name}_bg.wasm"
  fi
  local split=()
  if [ -f "$later" ] && [ "$profile" = web ]; then split=(--later "$later"); fi
  if [ -f "$later" ] && [ -n "${TRACE:-}" ]; then split=(--trace); fi
  node scripts/split.mjs --pkg "$dist/pkg" --name "$name" "${split[@]}"
  printf '%s' "$hash" > "$dist/.stamps/$name"
}

# in a function, so that bash has read all of it before anything runs: an edit meanwhile does no harm
main() {
  module app page
  module compute compute
  module sync sync
  node scripts/assemble.mjs --dist "$dist" --mode "$profile"
  exit
}
main
