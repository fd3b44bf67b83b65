#!/usr/bin/env bash
# Each fuzz target of fuzz/ for a while: fuzz.sh [SECONDS [TARGET...]]. No panic, no hang, memory bounded; what a target finds stays in
# fuzz/artifacts. cargo-fuzz and its sanitizers want a nightly compiler; without one the targets run all the same, with coverage and
# without the address sanitizer, which the product, having no unsafe code, can do without.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
seconds=${1:-60}; shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then mapfile -t targets < <(sed -n 's/^name = "\([a-z]*\)"$/\1/p' fuzz/Cargo.toml); fi
have c++ || fail "a C++ compiler is needed for libFuzzer"

# the golden logs are what to begin from
for target in "${targets[@]}"; do
  seeds="fuzz/corpus/$target"; mkdir -p "$seeds" "fuzz/artifacts/$target"
  case $target in
    line) for log in tests/fixtures/log/*.jsonl; do split -l 1 -a 3 "$log" "$seeds/$(basename "$log")-"; done ;;
    note) cp tests/fixtures/log/*.checkpoint tests/fixtures/log/v1/*.checkpoint "$seeds" ;;
    token) cp tests/fixtures/log/anchor/*.tsr tests/fixtures/log/anchor/*.token "$seeds" ;;
    project) for log in a b a-erased; do cp "tests/fixtures/log/$log.jsonl" "$seeds"; done ;;
    tile) for tile in tests/fixtures/log/*.tile-*; do { printf '\x07'; cat "$tile"; } > "$seeds/$(basename "$tile")"; done ;;
  esac
done

say "fuzz: building ${targets[*]}"
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1"
cargo build --release --manifest-path fuzz/Cargo.toml --target "$(rustc -vV | sed -n 's/^host: //p')" --bins
built="fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release"
for target in "${targets[@]}"; do
  say "fuzz: $target for $seconds s"
  "$built/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=200000 -print_final_stats=0 \
    -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target" 2>&1 | tail -3
done
say "fuzz: nothing found"
