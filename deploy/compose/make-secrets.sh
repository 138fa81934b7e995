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

# The service sends its password to the archive by https alone: a certificate of the archive's own, for 27 months.
[ -e "$here/archive.pem" ] ||
  openssl req -x509 -newkey rsa:3072 -nodes -days 820 -subj /CN=orthanc -addext subjectAltName=DNS:orthanc \
    -keyout "$here/archive-key.new" -out "$here/archive-certificate.new" 2>/dev/null
keep archive-ca.pem "$(cat "$here/archive-certificate.new" 2>/dev/null)"
keep archive.pem "$(cat "$here/archive-certificate.new" "$here/archive-key.new" 2>/dev/null)"
rm -f "$here/archive-certificate.new" "$here/archive-key.new"
printf 'secrets are in %s\n' "$here"
