import { chmodSync, chownSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { load } from 'js-yaml';
import { BIN } from './flue.ts';

export interface Step {
	readonly uses?: string;
	readonly run?: string;
	readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
	readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

export interface StepRun {
	readonly run: string;
	readonly exitCode: number | undefined;
	readonly output: string;
}

export interface Runner {
	readonly cwd: string;
	/** A folder of programs, first on PATH. */
	readonly bin: string;
	readonly home: string;
	readonly values: Readonly<Record<string, string>>;
}

/** Of the user `runner` on GitHub's machines. */
const RUNNER_ID = 1001;

const LONGEST_STEP_MS = 240_000;

/** The jobs of a workflow as it stands in a text, by the name of its file. */
export function readWorkflow(markdown: string, file: string): Workflow['jobs'] {
	const [, text] = new RegExp(`\`\`\`yaml\n(# \\.github/workflows/${file}\n[^]*?)\`\`\``).exec(markdown) ?? [];
	if (text === undefined) throw new Error(`There is no workflow ${file} in the text.`);
	return (load(text) as Workflow).jobs;
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
	return text.replaceAll(/\$\{\{ (\S+) \}\}/g, (expression, name: string) => {
		const value = values[name];
		if (value === undefined) throw new Error(`${expression} has no value here.`);
		return value;
	});
}

interface Identity {
	readonly uid?: number;
	readonly gid?: number;
}

function findIdentity(): Identity {
	if (process.getuid?.() !== 0) return {};
	const runner = { uid: RUNNER_ID, gid: RUNNER_ID };
	const { failed } = execaSync(process.execPath, [BIN, '--version'], { ...runner, reject: false, cwd: '/' });
	return failed ? {} : runner;
}

/** Runners are nobody special: where the tests run as root, their steps do not, if another user can reach this program at all. */
export const UNPRIVILEGED = findIdentity();

export function giveAway(folder: string, { uid, gid }: Identity): void {
	if (uid === undefined || gid === undefined) return;
	chownSync(folder, uid, gid);
	for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
		chownSync(join(folder, entry), uid, gid);
}

/** Runs the `run` lines as GitHub does: each in `bash -e`, with CI set and no terminal, until one fails. */
export async function runSteps(steps: readonly Step[], { cwd, bin, home, values }: Runner): Promise<StepRun[]> {
	const done: StepRun[] = [];
	for (const { run, env = {} } of steps) {
		if (run === undefined) continue;
		const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fillIn(value, values)]));
		const { exitCode, all } = await execa('bash', ['-e', '-c', fillIn(run, values)], {
			cwd,
			env: {
				PATH: `${bin}:${process.env['PATH']}`,
				HOME: home,
				CI: 'true',
				GITHUB_ACTIONS: 'true',
				GITHUB_WORKSPACE: cwd,
				RUNNER_OS: 'Linux',
				...own,
			},
			extendEnv: false,
			stdin: 'ignore',
			all: true,
			reject: false,
			timeout: LONGEST_STEP_MS,
			killSignal: 'SIGKILL',
			...UNPRIVILEGED,
		});
		done.push({ run, exitCode, output: all });
		if (exitCode !== 0) break;
	}
	return done;
}

/** A program for the runner's PATH. */
export function writeProgram(bin: string, name: string, script: string): void {
	writeFileSync(join(bin, name), `#!/bin/bash\nset -e\n${script}\n`);
	chmodSync(join(bin, name), 0o755);
}
