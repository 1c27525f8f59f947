import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addedFiles, connectorFile, installed } from '../support/added-project.ts';
import { BIN, plainEnv } from '../support/flue.ts';
import { newerNode } from '../support/node.ts';
import { installedPackages } from '../support/packages.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';
import { median, showTable } from './figures.ts';

const ROUNDS = 21;

/** A project of today with its packages installed, before Daytona is added. */
const PROJECT: Files = {
	'package.json': {
		name: 'bot',
		type: 'module',
		dependencies: { '@flue/runtime': '^2.1.0' },
		devDependencies: { '@flue/cli': '^2.0.3' },
	},
	'package-lock.json': { name: 'bot', lockfileVersion: 3, packages: {} },
	'tsconfig.json': { compilerOptions: { strict: true, module: 'nodenext', noEmit: true } },
	'.git/HEAD': '',
	'.gitignore': 'node_modules\n.env\n',
	'.env.example': 'ANTHROPIC_API_KEY=\n',
	'src/agents/hello.ts': 'export {};\n',
	...installed({ '@flue/runtime': '2.1.0', '@flue/cli': '2.0.3' }),
};

interface Row {
	readonly name: string;
	readonly files: Files;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** A Node that refuses it is left out. */
	readonly newerOnly?: boolean;
}

const OURS: readonly Row[] = [
	{ name: '`flue add daytona`', files: PROJECT, args: [BIN, 'add', 'daytona'] },
	{ name: '`flue --help`', files: PROJECT, args: [BIN, '--help'] },
	{ name: '`flue --version`', files: PROJECT, args: [BIN, '--version'] },
	{
		name: '`flue add daytona --write --no-install`',
		files: PROJECT,
		args: [BIN, 'add', 'daytona', '--write', '--no-install'],
	},
	{ name: '`flue check`', files: addedFiles('2.1.0', connectorFile('2.0.2')), args: [BIN, 'check'] },
];

/** With pipes, as in CI and before a coding agent. */
async function milliseconds(node: string, args: readonly string[], cwd: string, env: Row['env'] = {}): Promise<number> {
	const start = process.hrtime.bigint();
	const running = spawn(node, args, { cwd, env: plainEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
	running.stdout.resume();
	running.stderr.resume();
	await once(running, 'close');
	return Number(process.hrtime.bigint() - start) / 1e6;
}

/** In turn with `node -e 0`, so that a machine that gets slower slows both. */
async function ratioToBareNode(node: string, { files, args, env }: Row): Promise<string> {
	const ratios: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const cwd = temporaryFolder(files);
		const bare = await milliseconds(node, ['-e', '0'], cwd);
		ratios.push((await milliseconds(node, args, cwd, env)) / bare);
	}
	return median(ratios).toFixed(2);
}

async function measureRow(row: Row, nodes: readonly string[]): Promise<string[]> {
	const cells = [row.name];
	for (const node of nodes)
		cells.push(row.newerOnly === true && node === process.execPath ? '' : await ratioToBareNode(node, row));
	return cells;
}

/** What else a user would type, at its best: Flue's own `flue add` gets its page from this very machine. */
async function alternatives(page: string): Promise<Row[]> {
	const cli = join(await installedPackages({ '@flue/cli': '2.0.3' }), 'node_modules/@flue/cli/bin/flue.mjs');
	const npm = join(await installedPackages({ npm: '11.21.2' }), 'node_modules/npm/bin/npm-cli.js');
	const env = { FLUE_REGISTRY_URL: page };
	return [
		{
			name: '`flue add sandbox daytona --print` of @flue/cli 2.0.3, with a server on the same machine',
			files: PROJECT,
			args: [cli, 'add', 'sandbox', 'daytona', '--print'],
			env,
			newerOnly: true,
		},
		{ name: '`flue --help` of @flue/cli 2.0.3', files: PROJECT, args: [cli, '--help'], newerOnly: true },
		{ name: '`npm --version` (npm 11)', files: PROJECT, args: [npm, '--version'] },
	];
}

test('how long a command takes, as a multiple of node -e 0', async () => {
	const nodes = [process.execPath, await newerNode()];
	const server = createServer((_request, response) => response.end('# Add a connector\n')).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const versions = nodes.map((node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim());
	const rows: string[][] = [];
	for (const row of [...OURS, ...(await alternatives(page))]) rows.push(await measureRow(row, nodes));
	server.close();
	expect(rows.flat().join(' ')).not.toContain('NaN');
	showTable(['', ...versions.map((version) => `Node ${version}`)], rows);
});

test('the packed tarball, in kB', async () => {
	const root = join(import.meta.dirname, '../..');
	const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const [{ size }] = JSON.parse(pack) as [{ size: number }];
	showTable(['', 'kB'], [['packed tarball', (size / 1000).toFixed(0)]]);
});
