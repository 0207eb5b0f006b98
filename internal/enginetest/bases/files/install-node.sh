#!/bin/sh
# install-node.sh [PACKAGE...]: Debian's node under the names of the official image, with
# its user, and its headers where they are installed. npm is copied in besides.
set -e
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
apt-get update
apt-get install -y --no-install-recommends nodejs "$@"
rm -rf /var/lib/apt/lists/*
cp /usr/bin/node /usr/local/bin/node
rm -f /usr/bin/node /usr/bin/nodejs
ln -s node /usr/local/bin/nodejs
if [ -d /usr/include/nodejs ]; then
	cp -rL /usr/include/nodejs/. /usr/local/
	mkdir -p /usr/local/include
	[ -d /usr/local/include/node ] || cp -rL /usr/include/node /usr/local/include/node
fi
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
