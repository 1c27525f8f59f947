import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

export const BIN = join(import.meta.dirname, '../../bin/flue.js');

export interface Run {
	readonly stdout: string;
	readonly stderr: string;
	readonly exitCode: number | undefined;
}

export interface RunOptions {
	readonly cwd: string;
	readonly env?: Readonly<Record<string, string>>;
	/** What stdin is: closed (nothing to read), or a pipe that never ends. */
	readonly stdin?: 'closed' | 'open';
	/** A folder of fake programs, first on PATH. */
	readonly bin?: string;
	readonly node?: string;
}

/** The environment of a plain shell: no CI, no coding agent, no npm script around it, whatever runs the tests. */
export function plainEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
	const { PATH = '', HOME = '', ...others } = process.env;
	// The last two are Windows'; without the first of them, Node.js does not start there.
	const kept = Object.entries(others).filter(([name]) => ['TMPDIR', 'SystemRoot', 'TEMP'].includes(name));
	return { PATH, HOME, ...(Object.fromEntries(kept) as Record<string, string>), ...extra };
}

/** Starts the built program. */
export function startFlue(args: readonly string[], { cwd, env, stdin = 'closed', bin, node }: RunOptions) {
	const variables = plainEnv(env);
	if (bin !== undefined) variables['PATH'] = `${bin}:${variables['PATH']}`;
	return execa(node ?? process.execPath, [BIN, ...args], {
		cwd,
		env: variables,
		extendEnv: false,
		stdin: stdin === 'open' ? 'pipe' : 'ignore',
		reject: false,
		forceKillAfterDelay: false,
		stripFinalNewline: false,
		maxBuffer: 64 * 1024 * 1024,
	});
}

/** Runs the built program. */
export async function flue(args: readonly string[], options: RunOptions): Promise<Run> {
	const { stdout, stderr, exitCode } = await startFlue(args, options);
	return { stdout, stderr, exitCode };
}

/** Path → content of all files below the folder but `node_modules` and `.git`; links as `-> target`. */
export function readTree(folder: string, prefix = ''): Record<string, string> {
	const tree: Record<string, string> = {};
	for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
		const path = join(prefix, entry.name);
		if (entry.name === 'node_modules' || entry.name === '.git') continue;
		if (entry.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(folder, path))}`;
		else if (entry.isDirectory()) Object.assign(tree, { [`${path}/`]: '' }, readTree(folder, path));
		else tree[path] = readFileSync(join(folder, path), 'latin1');
	}
	return tree;
}
