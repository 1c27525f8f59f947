import {
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { transformWithOxc } from 'vite';
import { expect, test } from 'vitest';
import { BIN, plainEnv } from '../support/flue.ts';
import { readFences } from '../support/instructions.ts';
import {
	FOREIGN,
	hostileArguments,
	type HostileProject,
	hostileProject,
	SECRET,
	writeProject,
} from './support/hostile-project.ts';
import { inParallel } from './support/in-parallel.ts';

const PROJECTS = Number(process.env['FLUE_TEST_PROJECTS'] ?? 2200);

const SEED = Number(process.env['FLUE_TEST_SEED'] ?? 20_260_101);

/** No honest run takes more than a second; a machine at its limit may. */
const HANGS_AFTER = 60_000;

const EXIT_CODES = new Set([0, 1, 2, 3, 4, 5]);

/** All that steers a terminal, turns text round, is invisible or ends a line for somebody. */
const UNPRINTABLE = /[^\P{C}\n\t]|[\u2028\u2029]/u;

type Tree = ReadonlyMap<string, string>;

/** Path → what is there, nothing followed and no pipe opened. */
function readAll(folder: string, tree = new Map<string, string>(), prefix = ''): Tree {
	for (const name of readdirSync(join(folder, prefix))) {
		const path = join(prefix, name);
		const stat = lstatSync(join(folder, path));
		if (stat.isDirectory()) readAll(folder, tree.set(path, 'folder'), path);
		else if (stat.isFile()) tree.set(path, readFileSync(join(folder, path), 'latin1'));
		else tree.set(path, stat.isSymbolicLink() ? `-> ${readlinkSync(join(folder, path))}` : 'other');
	}
	return tree;
}

function changedPaths(before: Tree, after: Tree): string[] {
	return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}

interface Ran {
	readonly args: readonly string[];
	readonly stdout: string;
	readonly stderr: string;
	readonly exitCode: number | undefined;
	readonly before: Tree;
	readonly after: Tree;
}

/** A file that the user has is compared and kept byte for byte: a patch and a copy hold it, and nothing else does. */
function isPatch({ args }: Ran): boolean {
	return args.includes('--diff');
}

function problemsOfOutput(run: Ran): string[] {
	const shown = isPatch(run) ? run.stderr : run.stdout + run.stderr;
	const typed = run.args.slice(1).some((word) => word.includes(FOREIGN));
	return [
		...(UNPRINTABLE.test(shown)
			? [`a control character is printed: ${JSON.stringify(UNPRINTABLE.exec(shown)?.[0])}`]
			: []),
		...(typed ? [] : foreignLines(shown)),
		...(!isPatch(run) && shown.includes(SECRET) ? ['a value of an env file is printed'] : []),
		...(/^\s+at .*:\d+:\d+/m.test(run.stderr) ? ['it crashed'] : []),
	];
}

/** What the project says may stand within a line of ours, quoted or as a part of a name; never as a line of its own. */
function foreignLines(shown: string): string[] {
	return shown
		.split('\n')
		.filter((line) =>
			line
				.trimStart()
				.replace(/^[#>*|`-]+\s*/, '')
				.startsWith(FOREIGN),
		)
		.map((line) => `a line is not ours: ${line.slice(0, 100)}`);
}

function problemsOfFiles({ args, before, after }: Ran): string[] {
	const changed = changedPaths(before, after);
	const writes = args.includes('--write') || args.includes('--yes');
	const outside = changed.filter((path) => !path.startsWith('project/'));
	const values = changed.filter(
		(path) => after.get(path)?.includes(SECRET) && !before.get(path)?.includes(SECRET) && !path.endsWith('.orig'),
	);
	return [
		...(writes || changed.length === 0 ? [] : [`it changed ${changed.join(', ')}`]),
		...outside.map((path) => `it wrote outside of the project: ${path}`),
		...values.map((path) => `a value of an env file is in ${path}`),
		...changed.filter((path) => path.includes('PWNED')).map((path) => `a shell ran: ${path}`),
		...changed.filter((path) => /\.flue-(?:draft|undo|lock)$/.test(path)).map((path) => `it left ${path}`),
	];
}

/** A program that notes that it was started: no package manager has any business here, and no shell. */
function trap(folder: string): string {
	const bin = join(folder, 'bin');
	mkdirSync(bin);
	for (const name of ['npm', 'pnpm', 'yarn', 'bun', 'sh', 'git', 'touch']) {
		writeFileSync(join(bin, name), `#!/bin/bash\n/usr/bin/touch '${folder}/PWNED-${name}'\n`, { mode: 0o755 });
	}
	return bin;
}

async function runProgram(
	folder: string,
	bin: string,
	args: readonly string[],
): Promise<Omit<Ran, 'before' | 'after'> & { timedOut: boolean }> {
	const { stdout, stderr, exitCode, timedOut } = await execa(process.execPath, [BIN, ...args], {
		cwd: join(folder, 'project'),
		env: { ...plainEnv(), PATH: bin },
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
		timeout: HANGS_AFTER,
		stripFinalNewline: false,
		maxBuffer: 64 * 1024 * 1024,
	});
	return { args, stdout, stderr, exitCode, timedOut };
}

async function problemsOf(
	project: HostileProject,
	args: readonly string[],
): Promise<{ problems: string[]; code: string[] }> {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flue hostile-')));
	try {
		mkdirSync(join(folder, 'project'));
		mkdirSync(join(folder, 'outside'));
		writeFileSync(join(folder, 'outside/file.txt'), 'not yours');
		const bin = trap(folder);
		writeProject(join(folder, 'project'), project);
		const before = readAll(folder);
		const { timedOut, ...ran } = await runProgram(folder, bin, args);
		const run = { ...ran, before, after: readAll(folder) };
		const problems = [
			...(timedOut ? ['it hangs'] : []),
			...(EXIT_CODES.has(run.exitCode ?? -1) ? [] : [`it ends with ${run.exitCode}`]),
			...problemsOfOutput(run),
			...problemsOfFiles(run),
		];
		return { problems: problems.map((problem) => `${problem}\n${run.stderr.slice(0, 600)}`), code: codeOf(run) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The TypeScript that was written, or that the instructions hold. */
function codeOf({ before, after, stdout }: Ran): string[] {
	const paths = changedPaths(before, after).filter((changed) => /\.m?ts$/.test(changed));
	const printed = stdout.startsWith('# ')
		? readFences(stdout)
				.filter(({ info }) => info.startsWith('ts'))
				.map(({ text }) => text)
		: [];
	return [...paths.map((path) => after.get(path) ?? ''), ...printed];
}

test(`${PROJECTS} hostile projects neither crash nor hang the program, nor make it say or write what is not its own (seed ${SEED})`, async () => {
	const samples = fc.sample(fc.tuple(hostileProject, hostileArguments), { seed: SEED, numRuns: PROJECTS });
	const found: string[] = [];
	const written = new Set<string>();
	await inParallel(samples.entries(), async ([index, [project, args]]) => {
		const { problems, code } = await problemsOf(project, args);
		for (const text of code) written.add(text);
		found.push(
			...problems.map(
				(problem) => `project ${index} of seed ${SEED}, flue ${JSON.stringify(args).slice(0, 300)}: ${problem}`,
			),
		);
	});
	expect(found).toEqual([]);
	expect(written.size).toBeGreaterThan(3);
	for (const code of written)
		await expect(transformWithOxc(code, 'generated.ts'), code.slice(0, 200)).resolves.toBeDefined();
});
