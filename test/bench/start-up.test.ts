import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'vitest';
import { BIN, plainEnv } from '../support/flue.ts';
import { newerNode } from '../support/node.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { median, showTable } from './figures.ts';

const ROUNDS = 21;

const COMMANDS = {
	'flue add daytona': ['add', 'daytona'],
	'flue --help': ['--help'],
	'flue --version': ['--version'],
	'flue add daytona --write --no-install': ['add', 'daytona', '--write', '--no-install'],
	'flue check': ['check'],
} as const;

function milliseconds(node: string, args: readonly string[], cwd: string): number {
	const start = process.hrtime.bigint();
	spawnSync(node, args, { cwd, env: plainEnv(), stdio: 'ignore' });
	return Number(process.hrtime.bigint() - start) / 1e6;
}

/** In turn with `node -e 0`, so that a machine that gets slower slows both. */
function ratioToBareNode(node: string, args: readonly string[]): number {
	const ratios = Array.from({ length: ROUNDS }, () => {
		const cwd = temporaryFolder(FLUE_0_7);
		return milliseconds(node, [BIN, ...args], cwd) / milliseconds(node, ['-e', '0'], cwd);
	});
	return median(ratios);
}

test('how long a command takes, as a multiple of node -e 0', async () => {
	const nodes = [process.execPath, await newerNode()];
	const versions = nodes.map((node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim());
	const rows = Object.entries(COMMANDS).map(([name, args]) => [name, ...nodes.map((node) => ratioToBareNode(node, args).toFixed(2))]);
	showTable(['command', ...versions], rows);
});

test('the packed tarball, in kB', async () => {
	const root = join(import.meta.dirname, '../..');
	const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
	const [{ size }] = JSON.parse(pack) as [{ size: number }];
	showTable(['', 'kB'], [['packed tarball', (size / 1000).toFixed(0)]]);
});
