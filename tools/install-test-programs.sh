#!/usr/bin/env bash
# Installs with apt what tests of the sensor use, where that is missing: compilers of their small programs, container runtimes, bpftrace as a second
# opinion. Without root or apt it installs nothing, and those tests say why they are skipped.
set -u
declare -A package_of=(
  [gcc]=gcc [runc]=runc [bwrap]=bubblewrap [podman]=podman [conmon]=conmon [bpftrace]=bpftrace [ip]=iproute2
  [script]=bsdutils [setpriv]=util-linux [unshare]=util-linux [ldd]=libc-bin [jq]=jq
)
missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null || missing+=("${package_of[$program]}")
done
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
if [ ${#missing[@]} -eq 0 ]; then
  echo "nothing is missing"
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing, and not installed, which takes root and apt: ${missing[*]}"
  exit 0
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
for package in "${missing[@]}"; do
  # One that does not exist here must not keep the others away.
  apt-get install -y -qq --no-install-recommends "$package" >/dev/null || echo "$package cannot be installed"
done
