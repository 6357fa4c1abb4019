#!/usr/bin/env bash
# Real services on 127.0.0.1 for the integration suites. No systemd, no Docker.
#
#   services.sh install|start|stop|restart|status|reset|kill|env [SERVICE...]
#
# Services: redis, redis-cluster (three masters), kafka and kafka-backup (two clusters of one broker each), mongo, ferretdb
# (two servers that speak the MongoDB protocol; neither is mongod), chromium and wstest (install only). start is idempotent
# and waits until the service answers; stop keeps the data; reset stops and deletes it; kill is kill -9. Only processes this
# script started are ever signalled.
#
# LONGWIRE_SERVICES_CACHE  what is built or downloaded      (default ~/.cache/longwire-services)
# LONGWIRE_SERVICES_RUN    data, logs, pid files            (default $TMPDIR/longwire-services)
# REDIS_PORT KAFKA_PORT KAFKA_BACKUP_PORT MONGO_PORT FERRETDB_PORT REDIS_CLUSTER_PORT
#   (Kafka also takes its port + 1, the cluster three ports and those + 10000)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${LONGWIRE_SERVICES_CACHE:-$HOME/.cache/longwire-services}
run=${LONGWIRE_SERVICES_RUN:-${TMPDIR:-/tmp}/longwire-services}
: "${REDIS_PORT:=16379}" "${KAFKA_PORT:=19092}" "${KAFKA_BACKUP_PORT:=19192}" "${MONGO_PORT:=27117}" "${FERRETDB_PORT:=27118}" "${REDIS_CLUSTER_PORT:=17011}"

kafka_dir() { echo "$cache/kafka-$(sha256sum <"$here/kafka/pom.xml" | cut -c1-12)"; }

die() { echo "services.sh: $*" >&2; exit 1; }

# --- installing ---------------------------------------------------------------------------------

apt_install() { # COMMAND PACKAGE...
  command -v "$1" >/dev/null && return
  local cmd=$1 sudo=; shift
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get -o DPkg::Lock::Timeout=300 update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >/dev/null
  command -v "$cmd" >/dev/null || die "no $cmd after installing $*"
}

jars() { # POM DIR [MVN_ARG...]: the dependencies of POM into DIR, whole or not at all
  local pom=$1 dir=$2; shift 2
  [ -d "$dir" ] && return
  apt_install java default-jdk-headless
  apt_install mvn maven
  rm -rf "$dir.part"
  mvn -B -q -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$dir.part" "$@"
  mv "$dir.part" "$dir"
}

mongo_dir() { echo "$cache/mongo-$(cat "$here"/mongo/pom.xml "$here"/mongo/MongoMain.java | sha256sum | cut -c1-12)"; }
ferretdb_bin() { echo "$cache/ferretdb-$(cat "$here"/ferretdb/{go.mod,go.sum,main.go} | sha256sum | cut -c1-12)"; }

install_redis() { apt_install redis-server redis-server; }
install_redis-cluster() { install_redis; }
install_kafka() { jars "$here/kafka/pom.xml" "$(kafka_dir)"; }
install_kafka-backup() { install_kafka; }
install_mongo() {
  local dir; dir=$(mongo_dir)
  jars "$here/mongo/pom.xml" "$dir"
  [ -f "$dir/MongoMain.class" ] && return
  apt_install javac default-jdk-headless
  javac -d "$dir" -cp "$dir/*" "$here/mongo/MongoMain.java"
}
install_ferretdb() {
  local bin; bin=$(ferretdb_bin)
  [ -x "$bin" ] && return
  (cd "$here/ferretdb" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -ldflags='-s -w' -o "$bin" .)
}
install_chromium() { apt_install chromium chromium; }
wstest_dir() { echo "$cache/wstest-$(sha256sum <"$here/wstest/install.sh" | cut -c1-12)"; }
install_wstest() { "$here/wstest/install.sh" "$(wstest_dir)"; }

# --- processes ----------------------------------------------------------------------------------

# A pid file holds a pid and that process's start time: it is believed only while both still match.
started() { # PID: prints its start time, or fails
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
  read -r -a stat <<<"${stat##*) }"
  [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}
pid_of() { # SERVICE: prints its pid, or fails
  local pid time
  { read -r pid time <"$run/$1/pid"; } 2>/dev/null && [ -n "$time" ] && [ "$(started "$pid")" = "$time" ] && echo "$pid"
}

open_port() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

launch() { # SERVICE PORT COMMAND...
  local name=$1 port=$2; shift 2
  ! open_port "$port" || die "$name: port $port is taken by something else"
  setsid "$@" >"$run/$name/log" 2>&1 </dev/null 9>&- &
  echo "$! $(started $!)" >"$run/$name/pid"
}

await() { # SERVICE SECONDS COMMAND...: until COMMAND succeeds
  local name=$1 end=$((SECONDS + $2)); shift 2
  until "$@" >/dev/null 2>&1; do
    pid_of "$name" >/dev/null || { tail -n 20 "$run/$name/log" >&2; die "$name died"; }
    [ $SECONDS -lt $end ] || { tail -n 20 "$run/$name/log" >&2; die "$name is not ready"; }
    sleep 0.05
  done
}

redis_server() { # SERVICE PORT [ARG...]
  local name=$1 port=$2; shift 2
  launch "$name" "$port" redis-server --bind 127.0.0.1 --port "$port" --dir "$run/$name" --daemonize no \
    --save '' --appendonly yes --appendfsync everysec "$@"
  await "$name" 20 redis-cli -h 127.0.0.1 -p "$port" ping
}

kafka_broker() { # SERVICE PORT
  local name=$1 port=$2 dir=$run/$1 cp cds; cp="$(kafka_dir)/*"; cds=$(kafka_dir).jsa
  local jvm=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info)
  cat >"$dir/server.properties" <<X
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=4194304
X
  if [ ! -f "$dir/data/meta.properties" ]; then
    local id; id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | cut -c1-22)
    java "${jvm[@]}" -Xmx64m -cp "$cp" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >"$dir/format.log" 2>&1 ||
      { cat "$dir/format.log" >&2; die "$name: formatting failed"; }
  fi
  # A class archive, written when the first broker stops, nearly halves the time every later one takes to start.
  if [ -f "$cds" ]; then jvm+=(-XX:SharedArchiveFile="$cds"); elif [ "$name" = kafka ]; then jvm+=(-XX:ArchiveClassesAtExit="$dir/cds"); fi
  launch "$name" "$port" java "${jvm[@]}" -Xms64m -Xmx256m -cp "$cp" kafka.Kafka "$dir/server.properties"
  await "$name" 60 grep -q 'Kafka Server started' "$dir/log"
}
keep_cds() { [ ! -f "$run/kafka/cds" ] || pid_of kafka >/dev/null || mv "$run/kafka/cds" "$(kafka_dir).jsa"; }

start_redis() { redis_server redis "$REDIS_PORT"; }
start_kafka() { kafka_broker kafka "$KAFKA_PORT"; }
start_kafka-backup() { kafka_broker kafka-backup "$KAFKA_BACKUP_PORT"; }
start_mongo() {
  local dir h2=(); dir=$(mongo_dir)
  [ "${MONGO_H2:-}" != 1 ] || h2=("$run/mongo/h2")
  # shellcheck disable=SC2086
  launch mongo "$MONGO_PORT" java -XX:+UseSerialGC -Xmx512m -Djava.net.preferIPv4Stack=true \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=error ${MONGO_OPTS:-} -cp "$dir:$dir/*" MongoMain "$MONGO_PORT" "${h2[@]+"${h2[@]}"}"
  await mongo 30 open_port "$MONGO_PORT"
}
start_ferretdb() {
  mkdir -p "$run/ferretdb/data"
  launch ferretdb "$FERRETDB_PORT" "$(ferretdb_bin)" -listen "127.0.0.1:$FERRETDB_PORT" -sqlite "file:$run/ferretdb/data/"
  await ferretdb 20 open_port "$FERRETDB_PORT"
}

cluster_ports() { echo "$REDIS_CLUSTER_PORT $((REDIS_CLUSTER_PORT + 1)) $((REDIS_CLUSTER_PORT + 2))"; }
cluster_ok() { [[ $(redis-cli -h 127.0.0.1 -p "$1" cluster info) == *cluster_state:ok* ]]; }
start_redis-cluster() { # three masters, no replicas; each one a process of its own
  local p
  for p in $(cluster_ports); do
    mkdir -p "$run/redis-cluster-$p"
    pid_of "redis-cluster-$p" >/dev/null || redis_server "redis-cluster-$p" "$p" --cluster-enabled yes --cluster-node-timeout 2000
  done
  # shellcheck disable=SC2046
  cluster_ok "$REDIS_CLUSTER_PORT" || redis-cli --cluster create $(cluster_ports | sed -E 's/([0-9]+)/127.0.0.1:\1/g') \
    --cluster-replicas 0 --cluster-yes >"$run/redis-cluster/log"
  for p in $(cluster_ports); do await "redis-cluster-$p" 20 cluster_ok "$p"; done
}

parts() { if [ "$1" = redis-cluster ]; then for p in $(cluster_ports); do echo "redis-cluster-$p"; done; else echo "$1"; fi; }
running() { local p; for p in $(parts "$1"); do pid_of "$p" >/dev/null || return 1; done; }

stop_one() { # SERVICE SIGNAL
  local pid n=0
  pid=$(pid_of "$1") || { rm -f "$run/$1/pid"; return 0; }
  kill "-$2" "$pid" 2>/dev/null || true
  while pid_of "$1" >/dev/null; do
    n=$((n + 1)); [ $n -lt 400 ] || { kill -KILL "$pid" 2>/dev/null || true; n=0; }
    sleep 0.05
  done
  rm -f "$run/$1/pid"
}

# --- commands -----------------------------------------------------------------------------------

verb=${1:-}; shift || true
named=$(($# > 0))
[ $# -gt 0 ] || set -- redis redis-cluster kafka kafka-backup mongo ferretdb
for s in "$@"; do
  [ "$(type -t "install_$s")" = function ] || die "no service $s"
done

do_install() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"; flock 9
  for s in "$@"; do "install_$s"; done
  exec 9>&-
}
do_start() {
  do_install "$@"
  local jobs=() j bad=0
  mkdir -p "$run"
  exec 9>"$run/lock"; flock 9
  keep_cds
  for s in "$@"; do
    running "$s" && continue
    mkdir -p "$run/$s"
    "start_$s" & jobs+=($!)
  done
  for j in "${jobs[@]+"${jobs[@]}"}"; do wait "$j" || bad=1; done
  exec 9>&-
  return $bad
}
do_stop() { # SIGNAL SERVICE...
  local signal=$1 p jobs=(); shift
  for s in "$@"; do for p in $(parts "$s"); do stop_one "$p" "$signal" & jobs+=($!); done; done
  for p in "${jobs[@]}"; do wait "$p"; done
  keep_cds
}
do_status() { # exit code 1 when one that was asked for is down
  local p pid bad=0
  for s in "$@"; do for p in $(parts "$s"); do
    if pid=$(pid_of "$p"); then
      echo "$p up pid=$pid rss=$(awk '/VmRSS/{print int($2/1024)}' "/proc/$pid/status" 2>/dev/null)MB"
    else
      echo "$p down"; bad=$named
    fi
  done; done
  return $bad
}

case $verb in
  install) do_install "$@" ;;
  start) do_start "$@" ;;
  stop) do_stop TERM "$@" ;;
  kill) do_stop KILL "$@" ;;
  restart) do_stop TERM "$@"; do_start "$@" ;;
  reset) do_stop TERM "$@"; for s in "$@"; do for p in "$s" $(parts "$s"); do rm -rf "${run:?}/$p"; done; done ;;
  status) do_status "$@" ;;
  env)
    echo "export LONGWIRE_TEST_REDIS=redis://127.0.0.1:$REDIS_PORT"
    echo "export LONGWIRE_TEST_REDIS_CLUSTER=redis://$(cluster_ports | sed -E 's/([0-9]+)/127.0.0.1:\1/g; s/ /,/g')"
    echo "export LONGWIRE_TEST_KAFKA=127.0.0.1:$KAFKA_PORT"
    echo "export LONGWIRE_TEST_MONGO=mongodb://127.0.0.1:$MONGO_PORT"
    echo "export LONGWIRE_TEST_MONGO_2=mongodb://127.0.0.1:$FERRETDB_PORT"
    if command -v chromium >/dev/null; then echo "export LONGWIRE_TEST_CHROMIUM=$(command -v chromium)"; fi
    if [ -x "$(wstest_dir)/wstest" ]; then echo "export LONGWIRE_TEST_WSTEST=$(wstest_dir)/wstest"; fi
    ;;
  *) sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
