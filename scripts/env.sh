# Sourced by the scripts: where the tools are, and their versions. Project-local tools come first.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="$root/.tools"
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export PATH="$tools/bin:$root/node_modules/.bin:$cargo_home/bin:$PATH:/usr/sbin"
# selenium must never fetch a driver on its own
export SE_OFFLINE=true SE_AVOID_STATS=true

wasm_bindgen_version=$(sed -n 's/^wasm-bindgen = "=\([0-9.]*\)"$/\1/p' "$root/Cargo.toml")
cargo_deny_version=0.20.2
geckodriver_version=0.37.1

say() { printf '%s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
