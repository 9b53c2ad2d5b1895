// SPDX-License-Identifier: MIT
//
// mariadb.mjs -- A second MariaDB: the standby of an instance's own.
//
// Made as deploy/parley makes a first one (so that both begin alike), and fed
// from then on by the primary's binary log.

import { execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './wait.mjs';

const run = promisify(execFile);

// An ordinary user's PATH leads to no servers.
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

// What the primary's mysql.cnf adds: a port, a binary log.  Semi-synchronous it
// becomes in follow(): before, each commit would wait for nobody.
export function primaryConf(port) {
  return `[mariadbd]
skip-networking = 0
bind-address = 127.0.0.1
port = ${port}
server-id = 1
log-bin = binlog
binlog-format = ROW
sync-binlog = 1
rpl-semi-sync-master-wait-point = AFTER_SYNC
rpl-semi-sync-master-timeout = 60000
`;
}

export class Standby {
  constructor(primary, dir, port) {
    Object.assign(this, { primary, dir, port,
      socket: join(dir, 'mysql.sock') });
  }

  async make() {
    const data = join(this.dir, 'data');
    const user = userInfo().username;
    mkdirSync(this.dir, { recursive: true });
    const env = { ...process.env, PATH, TMPDIR: this.dir };
    await run('mariadb-install-db', ['--no-defaults', `--user=${user}`,
      `--datadir=${data}`, '--auth-root-authentication-method=socket',
      `--auth-root-socket-user=${user}`, '--skip-test-db',
      '--skip-name-resolve'], { env });
    const { stdout } = await this.primary.ctl('bootstrap');
    writeFileSync(join(this.dir, 'bootstrap.sql'), stdout);
    await run('sh', ['-c', 'mariadbd --no-defaults --bootstrap ' +
      `--user=${user} --datadir=${data} <${this.dir}/bootstrap.sql`], { env });
    this.child = spawn('mariadbd', ['--no-defaults', `--user=${user}`,
      `--datadir=${data}`, `--socket=${this.socket}`,
      `--tmpdir=${this.dir}`, '--bind-address=127.0.0.1',
      `--port=${this.port}`, '--skip-name-resolve', '--server-id=2',
      '--log-bin=binlog', '--read-only=1', '--performance-schema=off',
      '--innodb-buffer-pool-size=16M', '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_unicode_520_ci',
      '--rpl-semi-sync-slave-enabled=1', `--pid-file=${this.dir}/pid`],
    { stdio: 'ignore', env });
    await until('the standby answers', () => this.sql('SELECT 1'),
      { timeout: 30_000 });
  }

  async sql(text) {
    const password = readFileSync(join(this.primary.dir, 'secrets/db-ctl'),
      'utf8').trim();
    const { stdout } = await run('mariadb', ['--no-defaults', '-N', '-B',
      '--default-character-set=utf8mb4',
      '-S', this.socket, '-u', 'ctl', 'parley', '-e', text],
    { env: { ...process.env, MYSQL_PWD: password } });
    return stdout.split('\n').filter(Boolean).map((l) => l.split('\t'));
  }

  async variable(name) {
    return (await this.sql(`SHOW GLOBAL STATUS LIKE '${name}'`))[0]?.[1];
  }

  // From the first entry of the primary's log on.
  async follow(port) {
    await this.primary.sql("CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'repl'");
    await this.primary.sql(
      "GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'");
    await this.sql(`CHANGE MASTER TO MASTER_HOST = '127.0.0.1',
      MASTER_PORT = ${port}, MASTER_USER = 'repl', MASTER_PASSWORD = 'repl',
      MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
      START SLAVE`);
    await until('the standby has caught up', async () => {
      const [[here]] = await this.sql('SELECT @@gtid_slave_pos');
      const [[there]] = await this.primary.sql('SELECT @@gtid_binlog_pos');
      return here === there;
    }, { timeout: 60_000 });
    await this.primary.sql('SET GLOBAL rpl_semi_sync_master_enabled = 1');
    appendFileSync(join(this.primary.dir, 'mysql.cnf'),
      'rpl-semi-sync-master-enabled = 1\n');
    await until('the standby is waited for', async () => (await this.primary
      .sql("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_clients'"))[0][1] ===
      '1');
  }

  promote() {
    return this.sql('STOP SLAVE; SET GLOBAL read_only = 0');
  }

  end() {
    this.child?.kill('SIGKILL');
  }
}
