package effect

// Programs that start or steer services, or need a running system.

// service is `service NAME action`.
func (c *command) service(name string) {
	c.NeedsRoot = true
	c.Runs = append(c.Runs, name)
	c.Opaque = "the service " + name + " runs during the build"
}

var _ = register("service rc-service invoke-rc.d initctl start stop restart", func(c *command) {
	var name, action string
	o := c.options(noValues)
	switch c.Tool {
	case "start", "stop", "restart":
		action = c.Tool
		name = o.operand(0)
	case "initctl":
		action, name = o.operand(0), o.operand(1)
	default:
		name, action = o.operand(0), o.operand(1)
	}
	c.service(name)
	if action == "stop" || action == "status" {
		c.Opaque = ""
	}
})

// Daemons: their state lies where their configuration says.
var _ = register(`supervisord mysqld mysqld_safe mariadbd pg_ctl pg_ctlcluster pg_createcluster postgres postmaster redis-server
	mongod nginx apache2 apache2ctl apachectl httpd sshd crond cron slapd rabbitmq-server memcached named postfix php-fpm varnishd haproxy
	elasticsearch kibana logstash consul vault etcd dockerd containerd dbus-daemon Xvfb systemd init asadmin catalina.sh startup.sh neo4j cassandra
	influxd grafana-server zookeeper kafka-server-start.sh tor squid rsyslogd syslog-ng ntpd dnsmasq minio`, func(c *command) {
	if len(c.args) > 0 {
		switch c.args[0].text {
		case "-v", "-V", "--version", "version", "-t", "configtest":
			c.Pure = true
			return
		}
	}
	c.NeedsRoot = true
	c.service(c.Tool)
})

// Clients of services: what they change is the service's.
var _ = register("supervisorctl mysqladmin mysql mariadb psql createdb createuser dropdb pg_dump pg_restore pg_isready mongo mongosh redis-cli rabbitmqctl mysqldump ldapadd ldapmodify influx cqlsh etcdctl kubectl docker docker-compose podman helm vagrant ansible ansible-playbook ansible-galaxy puppet chef-solo chef-client salt-call terraform packer", func(c *command) {
	if len(c.args) > 0 {
		switch c.args[0].text {
		case "-V", "version":
			c.Pure = true
			return
		}
	}
	switch c.Tool {
	case "pg_isready":
		c.Pure = true
	case "docker", "docker-compose", "podman", "helm", "vagrant", "ansible", "ansible-playbook", "ansible-galaxy", "puppet", "chef-solo", "chef-client", "salt-call", "terraform", "packer", "kubectl":
		c.Opaque = "what " + c.Tool + " does is not known"
	default:
		c.Opaque = "the service of " + c.Tool + " runs during the build"
	}
})

// What enables services for a later start writes links below /etc.
var _ = register("systemctl rc-update rabbitmq-plugins journalctl loginctl sysv-rc-conf update-service", func(c *command) {
	c.NeedsRoot = true
	if o := c.options(noValues); c.Tool == "systemctl" && (o.operand(0) == "start" || o.operand(0) == "restart") && !o.has("now") {
		c.Runs = append(c.Runs, o.operand(1))
	}
})

var _ = register("crontab mount umount modprobe insmod iptables sysctl chroot losetup mkfs mkfs.ext4 swapon swapoff ethtool brctl tc setenforce unshare nsenter debootstrap capsh ufw firewall-cmd wg-quick reboot shutdown halt poweroff telinit", func(c *command) {
	c.NeedsRoot = true
	switch c.Tool {
	case "chroot", "nsenter", "unshare":
		c.Opaque = "a command in another root directory"
	case "debootstrap":
		if o := c.options(noValues); len(o.operands) > 1 {
			c.write(Tree, o.operands[1])
		}
	}
})

// pluginOptions are of the plugin managers of servers.
var pluginOptions = takes("url u")

// Plugin managers write below the server's own directory.
var _ = register("elasticsearch-plugin logstash-plugin kibana-plugin plugin opensearch-plugin grafana-cli install-plugins.sh jenkins-plugin-cli neo4j-admin sdkmanager plugins.sh fluent-cat", func(c *command) {
	c.Verb = "install"
	o := c.options(pluginOptions)
	for _, w := range o.operands {
		if w.text == "list" {
			c.Pure = true
		}
	}
	dir := c.Argv[0].Text
	c.writeTo(c.pluginDir(dir))
})

// pluginDir is the server's directory: the one above bin.
func (c *command) pluginDir(program string) Path {
	w := c.words(c.Argv[:1])
	if len(w) != 1 || !w[0].known || w[0].text == c.Tool {
		return Path{Name: program, Kind: Tree}
	}
	p := c.resolve(w[0].text, Tree)
	if p.Known {
		p = c.resolve(p.Name+"/../..", Tree)
	}
	return p
}
