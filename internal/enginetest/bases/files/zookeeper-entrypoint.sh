#!/bin/bash
set -e
# As root it owns its directories and starts itself again as zookeeper.
if [ "$(id -u)" = 0 ]; then
	chown -R zookeeper "$ZOO_DATA_DIR" "$ZOO_DATA_LOG_DIR" "$ZOO_LOG_DIR"
	exec gosu zookeeper "$0" "$@"
fi
if [ ! -f "$ZOO_CONF_DIR/zoo.cfg" ]; then
	{
		echo "dataDir=$ZOO_DATA_DIR"
		echo "dataLogDir=$ZOO_DATA_LOG_DIR"
		echo "tickTime=2000"
		echo "initLimit=5"
		echo "syncLimit=2"
		echo "clientPort=2181"
		echo "admin.serverPort=8080"
		echo "4lw.commands.whitelist=${ZOO_4LW_COMMANDS_WHITELIST:-srvr}"
	} >"$ZOO_CONF_DIR/zoo.cfg"
fi
[ -f "$ZOO_DATA_DIR/myid" ] || echo "${ZOO_MY_ID:-1}" >"$ZOO_DATA_DIR/myid"
if [ "$1" = zookeeper ]; then
	set -- java -Dzookeeper.log.dir="$ZOO_LOG_DIR" -Xmx1000m -cp "$ZOO_CONF_DIR:/usr/share/java/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "$ZOO_CONF_DIR/zoo.cfg"
fi
exec "$@"
