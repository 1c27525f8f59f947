import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { BIN, plainEnv, readTree } from '../../support/flue.ts';
import { type Files, temporaryFolder, writeFiles } from '../../support/temporary-folder.ts';

const PRELOAD = join(import.meta.dirname, 'fault.cjs');

/** A command that writes, and the project that it is given. */
export interface WritingCommand {
	readonly args: readonly string[];
	readonly files: Files;
	/** Every call counts, also before the first that changes something: that part is the same for all commands that add. */
	readonly fromTheStart?: boolean;
	/** What npm ends with. */
	readonly npmEnds?: number;
}

export interface Fault {
	readonly action: 'kill-before' | 'kill-within' | 'kill-after' | 'fail' | 'fail-from' | 'short-writes' | 'none';
	/** Which of the calls that touch the project, from 1. */
	readonly at?: number;
	readonly code?: string;
	/** Where the calls are noted. */
	readonly trace?: string;
}

export interface Call {
	readonly name: string;
	readonly changing: boolean;
}

export type Tree = Readonly<Record<string, string>>;

export interface FaultyRun {
	readonly exitCode: number | undefined;
	readonly signal: string | undefined;
	readonly output: string;
}

/** An npm that does what the real one does to the project's files, in a few milliseconds, and ends with this code. */
export function quickNpm(exitCode = 0, seconds = 0): string {
	const bin = temporaryFolder();
	const declare = `s|"dependencies": {|"dependencies": { "@daytona/sdk": "^0.216.0",|`;
	const script = `#!/bin/sh\nif ! grep -q daytona package.json; then sed '${declare}' package.json >.npm-draft && mv .npm-draft package.json; fi\necho '{ "lockfileVersion": 3, "packages": {} }' >package-lock.json\nmkdir -p node_modules/@daytona/sdk\necho '{ "version": "0.216.0" }' >node_modules/@daytona/sdk/package.json\nsleep ${seconds}\nexit ${exitCode}\n`;
	writeFileSync(join(bin, 'npm'), script);
	chmodSync(join(bin, 'npm'), 0o755);
	return bin;
}

/** A package manager goes on when the program that started it is killed. */
async function survivor(file: string): Promise<void> {
	while (existsSync(file) && isAtWork(Number(readFileSync(file, 'utf8')))) await sleep(10);
}

/** A process that has ended and that nobody waits for is still listed. */
function isAtWork(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
	} catch {
		return false;
	}
}

export async function run(
	cwd: string,
	{ args }: Pick<WritingCommand, 'args'>,
	bin: string,
	fault?: Fault,
): Promise<FaultyRun> {
	const child = join(bin, `${basename(cwd)}.pid`);
	const env = plainEnv(fault && { FLUE_FAULT: JSON.stringify({ root: cwd, child, ...fault }) });
	const program = [...(fault === undefined ? [] : ['--require', PRELOAD]), BIN, ...args];
	const result = await execa(process.execPath, program, {
		cwd,
		env: { ...env, PATH: `${bin}:${env['PATH']}` },
		extendEnv: false,
		stdin: 'ignore',
		all: true,
		reject: false,
	});
	await survivor(child);
	return { exitCode: result.exitCode, signal: result.signal, output: result.all };
}

/** Gives each piece of work a project of its own, and takes it away at once: there will be thousands. */
export async function withProject<T>(files: Files, work: (root: string) => Promise<T>): Promise<T> {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'flue fault-')));
	try {
		writeFiles(root, files);
		return await work(root);
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

export interface Reference {
	readonly before: Tree;
	readonly after: Tree;
	readonly calls: readonly Call[];
}

/** What the command does where nothing goes wrong. */
export async function readReference(command: WritingCommand, bin: string): Promise<Reference> {
	return await withProject(command.files, async (root) => {
		const before = readTree(root);
		const trace = join(temporaryFolder(), 'calls.json');
		const { exitCode, output } = await run(root, command, bin, { action: 'none', trace });
		if (exitCode === undefined) throw new Error(`The command does not end by itself: ${output}`);
		return { before, after: readTree(root), calls: JSON.parse(readFileSync(trace, 'utf8')) };
	});
}

const LEFTOVER = /(?:^|\/)\..+\.flue-draft$/;

export function leftovers(tree: Tree): string[] {
	return Object.keys(tree).filter((path) => LEFTOVER.test(path));
}

export function withoutLeftovers(tree: Tree): Tree {
	return Object.fromEntries(Object.entries(tree).filter(([path]) => !LEFTOVER.test(path)));
}

/** A sentence for each file that is neither as it was nor as it should become. */
export function damage(tree: Tree, { before, after }: Reference): string[] {
	const paths = new Set([...Object.keys(tree), ...Object.keys(before), ...Object.keys(after)]);
	return [...paths]
		.filter((path) => !LEFTOVER.test(path))
		.filter((path) => tree[path] !== before[path] && tree[path] !== after[path])
		.map((path) => `${path} is ${JSON.stringify(tree[path]?.slice(0, 60))}`);
}
