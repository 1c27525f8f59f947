import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { BIN, readTree } from '../support/flue.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';
import type { InstalledAgent } from './agents.ts';
import { REGISTRY } from './registry.ts';

const NOBODY = '65534';
const PROGRAM = dirname(dirname(BIN));
const UNSHARE = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c'];

/** Run as root in namespaces of its own: no network but loopback, no process of anybody else's. Then it is root no longer. */
const ENTER = `set -e
ip link set lo up
mount --bind "$1" "$HOME/cache"
mount --bind "$2" "$HOME/node"
exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$HOME/node/bin/node" -e "$3" "$4" "$5"`;

/** Makes the model, which listens on a socket outside, one of loopback; then runs the line. */
const FORWARD = `const [socket, line] = process.argv.slice(1);
process.on('SIGINT', () => {});
const connect = (client) => {
	const model = require('node:net').connect(socket);
	client.pipe(model).pipe(client);
	for (const end of [client, model]) end.on('error', () => client.destroy(model.destroy()));
};
require('node:net').createServer(connect).listen(8080, '127.0.0.1', () => {
	const shell = require('node:child_process').spawn('sh', ['-c', line], { stdio: 'inherit' });
	shell.on('exit', (code) => process.exit(code ?? 1));
});`;

/** The folder of the Node that runs the tests, with its npm. */
const NODE = dirname(dirname(process.execPath));

/** Why no jail can be made on this machine; undefined where one can. */
export function findObstacle(): string | undefined {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
	try {
		const probe =
			'ip link set lo up && setpriv --reuid=1 --regid=1 --clear-groups unshare --user true && git --version';
		execFileSync('unshare', [...UNSHARE, probe], { stdio: 'pipe' });
	} catch (error) {
		const { stderr, message } = error as Error & { stderr?: Buffer };
		return `namespaces, ip, setpriv and git are needed (${stderr?.toString().trim() || message})`;
	}
	try {
		execFileSync('npm', ['view', '@openai/codex@0.169.0', 'version'], { stdio: 'pipe', timeout: 60_000 });
	} catch {
		return 'npm cannot fetch them';
	}
	return undefined;
}

export interface Jail {
	readonly project: string;
	/** Its files before the agent came. */
	readonly before: Readonly<Record<string, string>>;
	/** Runs a line of shell in the project, without a terminal. */
	run(line: string): Promise<{ readonly output: string; readonly exitCode: number | undefined }>;
	/** The same at a terminal. */
	open(line: string): Terminal;
}

/** A home with this program, the agent, and a project that could use Daytona. */
export function createJail(agent: InstalledAgent, socket: string): Jail {
	const home = temporaryFolder();
	const cache = dirname(dirname(agent.modules));
	const inJail = (path: string) => join(home, 'cache', relative(cache, path));
	const node = agent.node === process.execPath ? join(home, 'node/bin/node') : inJail(agent.node);
	const program = inJail(join(agent.modules, agent.program));
	const project = join(home, 'project');
	for (const folder of ['cache', 'node', '.npm']) mkdirSync(join(home, folder));
	for (const part of ['bin', 'dist', 'package.json'])
		cpSync(join(PROGRAM, part), join(home, 'flue-connectors', part), { recursive: true });
	writeFiles(home, {
		'bin/flue': `#!/bin/sh\nexec node "${home}/flue-connectors/bin/flue.js" "$@"\n`,
		[`bin/${agent.name}`]: `#!/bin/sh\nexec ${program.endsWith('.js') ? `"${node}" ` : ''}"${program}" "$@"\n`,
		// Codex runs its commands in login shells, for which Debian sets PATH anew.
		'.profile': 'PATH="$HOME/bin:$HOME/node/bin:$PATH"\n',
		'.npmrc': `registry=${REGISTRY}\nupdate-notifier=false\nfund=false\n`,
		'project/package.json': {
			name: 'bot',
			private: true,
			type: 'module',
			dependencies: { '@flue/runtime': '^2.0.2' },
		},
		'project/.gitignore': 'node_modules\n.env\n',
		...agent.settings(home, project),
	});
	for (const name of ['flue', agent.name]) chmodSync(join(home, 'bin', name), 0o755);
	execFileSync('git', ['init', '--quiet'], { cwd: project });
	execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home]);
	const env = {
		PATH: [join(home, 'bin'), join(home, 'node/bin'), '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':'),
		HOME: home,
		USER: 'nobody',
		SHELL: '/bin/sh',
		LANG: 'C.UTF-8',
		...agent.env,
	};
	const args = (line: string) => [...UNSHARE, ENTER, 'sh', cache, NODE, FORWARD, socket, line];
	return {
		project,
		before: readTree(project),
		async run(line) {
			const options = { cwd: project, env, extendEnv: false, stdin: 'ignore', reject: false, all: true } as const;
			const { all, exitCode } = await execa('unshare', args(line), { ...options, timeout: 300_000 });
			return { output: all, exitCode };
		},
		open: (line) => openTerminal('unshare', args(line), { cwd: project, env: { ...env, TERM: 'xterm-256color' } }),
	};
}
