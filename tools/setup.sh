#!/usr/bin/env bash
# Installs the system packages that are missing: those of the build, with --tests also those of the tests, with --fuzz clang for those of libFuzzer, with --maven also
# Maven (which fetches oneDNN), with --arm64 the cross compiler and the emulator for arm64. Says nothing and takes no time when all are there.
#   tools/setup.sh [--tests] [--fuzz] [--maven] [--arm64]
set -euo pipefail

packages=(ca-certificates cmake ninja-build g++ ccache libprotozero-dev libssl-dev nlohmann-json3-dev libxxhash-dev)
for argument in "$@"; do
  case "$argument" in
    --tests)
      packages+=(libgtest-dev openssl python3 xz-utils zstd)
      # The standard library's own check: a Python from elsewhere brings venv without Debian's package.
      python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
      ;;
    --fuzz) packages+=(clang-16 libclang-rt-16-dev) ;;
    --maven) command -v mvn >/dev/null || packages+=(maven) ;;
    --arm64) packages+=(g++-aarch64-linux-gnu qemu-user-static) ;;
    *) echo "setup: unknown argument $argument, want --tests, --fuzz, --maven or --arm64" >&2; exit 64 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get here; install by hand what Debian calls: ${packages[*]}" >&2
  echo "setup: then run again with MINDIRD_SKIP_SETUP=1" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  # "ii" = installed; a package that was removed and left its configuration says "rc".
  [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)" == ii* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

root=()
if [[ "$(id -u)" -ne 0 ]]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    root=(sudo)
  else
    echo "setup: not root, and these packages are missing; run this, then try again:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi

echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { ${root[@]+"${root[@]}"} apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" </dev/null >"$log" 2>&1; }
# Package lists may be absent or too old to name files that still exist.
if ! install; then
  if ! ${root[@]+"${root[@]}"} apt-get update -q </dev/null >"$log" 2>&1 || ! install; then
    tail -n 30 "$log" >&2
    echo "setup: apt-get could not install ${missing[*]}" >&2
    exit 1
  fi
fi
