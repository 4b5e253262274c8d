#!/usr/bin/env bash
# Packs the program as users install it, installs it into an empty folder and runs it there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package=$(npm pack --silent --workspace tallyman --pack-destination "$folder")
cd "$folder"
npm init --yes --silent >/dev/null
npm install --silent --no-audit --no-fund --offline "./$package" >/dev/null
npx --offline tallyman --version
npx --offline tallyman rules check
npx --offline tallyman scan --format ndjson "$root/examples/container-shell/intrusion.ndjson.gz" >alerts.ndjson
[ -s alerts.ndjson ] || { echo "the installed program raised no alert"; exit 1; }
echo "$package: $(du -k "$package" | cut -f1) KB, $(wc -l <alerts.ndjson) alerts from an empty folder"
