import { dirname, join } from 'node:path';
import { isPackageManagerName } from '../ecosystem/package-managers.ts';
import { semver } from '../lib/semver.ts';
import type { Command } from '../lib/shell.ts';
import type { PackageSpec } from '../plan/packages.ts';
import { isInstalled } from '../project/installed.ts';
import { readManifestIfAny } from '../project/package-json.ts';
import { readTextIfAny } from '../system/files.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { ProcessEnd } from '../system/run-process.ts';
import { explainFailure, type InstallFailure, installNotes, lastLines, settingsAdvice } from './install-output.ts';
import { changedFiles, readManagerFiles } from './manager-files.ts';

interface InstallOptions {
	readonly command: Command;
	/** What must be in package.json afterwards, and installed. */
	readonly packages: readonly PackageSpec[];
	/** The package that declares them. */
	readonly cwd: string;
	/** The file that imports them. */
	readonly importer: string;
	/** Folders in which the manager has its files: the package and the workspace root. */
	readonly folders: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	readonly say: (line: string) => void;
	/** Milliseconds of silence until the person is told (30 s). */
	readonly stallAfter?: number;
	/** Milliseconds that cancelled processes get to end by themselves (5 s). */
	readonly killAfter?: number;
}

/** `changed`: paths of the manager's files that are not what they were before. */
export type InstallResult =
	| { readonly status: 'installed'; readonly notes: readonly string[]; readonly changed: readonly string[] }
	| ({
			readonly status: 'failed';
			/** "pnpm ended with exit code 1." */
			readonly message: string;
			/** The last lines of what the manager said, safe to print. */
			readonly output: readonly string[];
			readonly changed: readonly string[];
	  } & InstallFailure)
	| { readonly status: 'cancelled'; readonly changed: readonly string[] };

/**
 * With `NODE_ENV=production` managers leave devDependencies out, with `CI` they may freeze the lockfile. An npm that started us hands
 * its own options on (`npm exec --global`, `--no-save`): a second npm would install somewhere else, or nothing, and end with 0.
 */
const REMOVED = /^(NODE_ENV|CI|npm_config_(workspaces?|include_workspace_root|global|location|dry_run|save))$/i;

function childEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	return {
		...Object.fromEntries(Object.entries(env).filter(([name]) => !REMOVED.test(name))),
		COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
		COREPACK_ENABLE_AUTO_PIN: '0',
	};
}

/** Name → range; empty when the manager left something unreadable. */
function readDeclared(cwd: string): Readonly<Record<string, string>> {
	return Object.fromEntries(readManifestIfAny(cwd)?.dependencies ?? []);
}

/** A catalog or a workspace protocol is the manager's to choose. */
function isDeclared({ name, range }: PackageSpec, declared: Readonly<Record<string, string>>): boolean {
	const found = declared[name];
	if (found === undefined) return false;
	return (
		semver().validRange(found) === null || semver().validRange(range) === null || semver().intersects(found, range)
	);
}

/** Some managers end with 0 and have done something else: the project's settings may ask for that. */
function missingPackage({ command, cwd, importer, packages }: InstallOptions): string | undefined {
	const declared = readDeclared(cwd);
	const ended = `${command.name} ended with exit code 0, but`;
	for (const spec of packages) {
		if (!isDeclared(spec, declared)) return `${ended} ${spec.name} ${spec.range} is not in package.json.`;
		if (!isInstalled(dirname(importer), spec.name)) return `${ended} ${spec.name} is not installed.`;
	}
	return undefined;
}

function describeEnd({ exitCode, signal, errorCode }: ProcessEnd, name: string): string {
	if (exitCode !== undefined) return `${name} ended with exit code ${exitCode}.`;
	return signal === undefined ? `${name} could not be started (${errorCode}).` : `${name} was ended by ${signal}.`;
}

async function attempt(options: InstallOptions): Promise<ProcessEnd> {
	const { command, cwd, signal, say, stallAfter = 30_000, killAfter = 5000 } = options;
	const env = childEnv(options.env);
	const file = findExecutable(command.name, env);
	if (file === undefined) return { exitCode: undefined, signal: undefined, errorCode: 'not on PATH', output: '' };
	const { runProcess } = await import('../system/run-process.ts');
	const onStall = () => say(`${command.name} has been silent for 30 seconds. Ctrl-C stops it.`);
	const sayStopping = () => say(`Stopping ${command.name}...`);
	signal.addEventListener('abort', sayStopping, { once: true });
	try {
		return await runProcess(file, command.args, { cwd, env, signal, onStall, stallAfter, killAfter });
	} finally {
		signal.removeEventListener('abort', sayStopping);
	}
}

function failureOf(end: ProcessEnd, options: InstallOptions): ({ message: string } & InstallFailure) | undefined {
	const { command, cwd } = options;
	const declared = readDeclared(cwd);
	if (end.exitCode !== 0)
		return { message: describeEnd(end, command.name), ...explainFailure(end.output, command, declared) };
	const message = missingPackage(options);
	if (message === undefined) return undefined;
	const advice = settingsAdvice(command.name, readTextIfAny(join(cwd, '.npmrc')) ?? '');
	return { message, reason: undefined, advice, retry: undefined, again: false };
}

/** Runs the package manager. Its files stay as it leaves them: they are its own. */
export async function install(options: InstallOptions): Promise<InstallResult> {
	const { command, signal, folders, env } = options;
	if (signal.aborted) return { status: 'cancelled', changed: [] };
	const before = readManagerFiles(folders);
	const end = await attempt(options);
	const changed = changedFiles(before, readManagerFiles(folders));
	if (signal.aborted) return { status: 'cancelled', changed };
	const failure = failureOf(end, options);
	if (failure !== undefined) return { status: 'failed', ...failure, output: lastLines(end.output, env), changed };
	const notes = isPackageManagerName(command.name) ? installNotes(end.output, command.name) : [];
	return { status: 'installed', notes, changed };
}
