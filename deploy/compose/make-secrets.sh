#!/bin/sh
# Makes the secrets of compose.yaml, once: what exists is left as it is. The folder is in .gitignore and belongs to
# nobody else (0700); the files are readable for the numeric user of the image, which has no name on this machine.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)/secrets
mkdir -p "$here"
chmod 0700 "$here"

# random: 48 characters, without a newline
random() { head -c 36 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }

# keep NAME VALUE: written unless it is there
keep() {
  [ -e "$here/$1" ] && return
  printf '%s' "$2" >"$here/$1"
  chmod 0444 "$here/$1"
}

keep database-password "$(random)"
keep pacs-password "$(random)"
keep link-secret "$(random)"
keep grafana-password "$(random)"
keep database-url "postgresql://cds:$(cat "$here/database-password")@database:5432/cds"
keep orthanc-users.json "{ \"RegisteredUsers\": { \"cds\": \"$(cat "$here/pacs-password")\" } }"
printf 'secrets are in %s\n' "$here"
