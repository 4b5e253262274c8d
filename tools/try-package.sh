#!/usr/bin/env bash
# Packs the program as users install it, installs it into an empty folder and runs it there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package=$(npm pack --silent --workspace tallyman --pack-destination "$folder")
cd "$folder"
npm init --yes --silent >/dev/null
npm install --silent --no-audit --no-fund --prefer-offline --ignore-scripts "./$package" >/dev/null
npx --offline tallyman --version
npx --offline tallyman rules check
npx --offline tallyman scan --format ndjson "$root/examples/container-shell/intrusion.ndjson.gz" >alerts.ndjson
[ -s alerts.ndjson ] || { echo "the installed program raised no alert"; exit 1; }
if [ "$(id -u)" = 0 ] && [ -r /sys/kernel/btf/vmlinux ] && [ "$(readlink /proc/self/ns/pid)" = "pid:[4026531836]" ]; then
  npx --offline tallyman sensor --source ebpf --for 2s --state state --quiet >events.ndjson
  grep -q '"action":"already_running"' events.ndjson || { echo "the installed sensor reported nothing"; exit 1; }
  echo "the installed sensor reported $(wc -l <events.ndjson) events"
else
  echo "the installed sensor was not tried: it takes root, BTF and the host's pid namespace"
fi
echo "$package: $(du -k "$package" | cut -f1) KB, $(wc -l <alerts.ndjson) alerts from an empty folder"
