import { ANSWERED } from '../ecosystem/package-managers.ts';
import { UsageError } from '../lib/errors.ts';
import type { Proposal } from '../plan/proposal.ts';
import type { Project } from '../project/project.ts';

export interface AddOptions extends ModeFlags {
	/** What was typed behind `add`. */
	readonly words: readonly string[];
	readonly cwd: string | undefined;
	readonly path: string | undefined;
	readonly runtime: string | undefined;
	readonly packageManager: string | undefined;
	readonly install: boolean;
	readonly example: string | undefined;
	readonly force: boolean;
	/** `--output`: the file for what would go to stdout. */
	readonly output: string | undefined;
}

/** What `flue add` does once it knows the proposal; `ask` leaves it to the person at the terminal. */
export type Mode = 'print' | 'print-file' | 'write' | 'dry-run' | 'diff' | 'agent' | 'ask';

interface ModeFlags {
	readonly print: boolean;
	readonly printFile: boolean;
	readonly write: boolean;
	readonly yes: boolean;
	readonly dryRun: boolean;
	readonly diff: boolean;
	/** The name of a coding agent, as it was typed. */
	readonly agent: string | undefined;
	readonly json: boolean;
}

/** The first mode flag given, as it is typed. */
export function modeFlag({ agent, print, printFile, write, yes, dryRun, diff }: ModeFlags): string | undefined {
	const given = {
		'--agent': agent !== undefined,
		'--print': print,
		'--print-file': printFile,
		'--write': write,
		'--yes': yes,
		'--dry-run': dryRun,
		'--diff': diff,
	};
	return Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
}

function contradiction(first: string, second: string): UsageError {
	return new UsageError(`${first} and ${second} contradict each other.`, 'Give one of them.');
}

/** Throws a UsageError. */
export function checkOutput({ output, json }: Pick<AddOptions, 'output' | 'json'>, mode: Mode): void {
	if (output === undefined) return;
	if (json) throw contradiction('--output', '--json');
	if (mode !== 'print' && mode !== 'diff')
		throw new UsageError('--output needs --print or --diff.', 'What they would print goes into the file.');
}

/** Throws a UsageError. */
function checkModeFlags(flags: ModeFlags): void {
	const { agent, json, print, printFile, dryRun, diff } = flags;
	const besideAgent = modeFlag({ ...flags, agent: undefined }) ?? (json ? '--json' : undefined);
	if (agent !== undefined && besideAgent !== undefined) throw contradiction('--agent', besideAgent);
	const besidePrint = modeFlag({ ...flags, print: false, yes: false });
	if (print && besidePrint !== undefined) throw contradiction('--print', besidePrint);
	const besideFile = modeFlag({ ...flags, printFile: false, yes: false }) ?? (json ? '--json' : undefined);
	if (printFile && besideFile !== undefined) throw contradiction('--print-file', besideFile);
	if (dryRun && diff) throw contradiction('--dry-run', '--diff');
}

/** A flag beats the streams; `--dry-run` and `--diff` win over `--write`. */
export function chooseMode(flags: ModeFlags, canAsk: boolean): Mode {
	checkModeFlags(flags);
	const { agent, print, printFile, write, yes, dryRun, diff } = flags;
	if (agent !== undefined) return 'agent';
	if (print) return 'print';
	if (printFile) return 'print-file';
	if (dryRun) return 'dry-run';
	if (diff) return 'diff';
	if (write || yes) return 'write';
	return canAsk ? 'ask' : 'print';
}

/** A path is relative to the package root. */
export function pathFlags({ path }: Pick<AddOptions, 'path'>, { connectorPath }: Project): string[] {
	return path === undefined ? [] : ['--path', connectorPath.value];
}

/** The flags that shape the plan, as a reader in the package root has to repeat them. */
export function planFlags(options: AddOptions, project: Project, planned: Proposal['install']): string[] {
	const { runtime, install, example } = options;
	const packageManager = planned?.manager.from === ANSWERED ? planned.manager.name : options.packageManager;
	return [
		...pathFlags(options, project),
		...(runtime === undefined ? [] : ['--runtime', runtime.trim()]),
		...(packageManager === undefined ? [] : ['--package-manager', packageManager]),
		// A write could not run the package manager of such a project.
		...(install && project.packageManager.status !== 'unsupported' ? [] : ['--no-install']),
		...(example === undefined ? [] : ['--example', example]),
	];
}

/** From a folder inside of the package the program finds it by itself, but a `--path` is relative to the package root. */
export function cwdFlags({ cwd, path }: Pick<AddOptions, 'cwd' | 'path'>, folder: string | undefined): string[] {
	return !folder || (cwd === undefined && path === undefined) ? [] : ['-C', folder];
}

/** The flags of `flue check --live`. */
export interface LiveFlags {
	readonly live: boolean;
	readonly yes: boolean;
	readonly json: boolean;
	readonly snapshot: string | undefined;
	readonly image: string | undefined;
}
