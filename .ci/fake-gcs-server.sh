# fsouza/fake-gcs-server, a server of the storage API that others wrote. Sourced by run.
fake_gcs_version=v1.56.1
fake_gcs_folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/osh-api/fake-gcs-server-$fake_gcs_version"

# Succeeds where it is there afterwards: it takes Go and the Go module proxy.
install_fake_gcs_server() {
  [ -x "$fake_gcs_folder/fake-gcs-server" ] && return
  command -v go >/dev/null || return
  GOBIN="$fake_gcs_folder" GOFLAGS=-mod=mod timeout 900 go install "github.com/fsouza/fake-gcs-server@$fake_gcs_version" >/dev/null 2>&1
}

# Runs a command with `--endpoint URL` of a server of its own behind it.
with_fake_gcs_server() {
  local port server code
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
  "$fake_gcs_folder/fake-gcs-server" -scheme http -backend memory -host 127.0.0.1 -port "$port" -external-url "http://127.0.0.1:$port" -log-level error &
  server=$!
  for _ in $(seq 100); do
    node -e "fetch('http://127.0.0.1:$port/storage/v1/b').then(() => process.exit(0), () => process.exit(1))" && break
    sleep 0.1
  done
  "$@" --endpoint "http://127.0.0.1:$port"
  code=$?
  kill "$server"
  wait "$server" 2>/dev/null
  return "$code"
}
