import { join } from 'node:path';
import { isPackageManagerName } from '../ecosystem/package-managers.ts';
import { semver } from '../lib/semver.ts';
import type { Command } from '../lib/shell.ts';
import type { PackageSpec } from '../plan/packages.ts';
import { readText } from '../system/files.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { ProcessEnd } from '../system/run-process.ts';
import { explainFailure, type InstallFailure, installNotes, lastLines } from './install-output.ts';
import { restoreSnapshot, takeSnapshot } from './snapshot.ts';

export interface InstallOptions {
	readonly command: Command;
	/** What must be in package.json afterwards. */
	readonly packages: readonly PackageSpec[];
	/** The package that declares them. */
	readonly cwd: string;
	/** Folders whose manifest, lockfiles and manager's files are put back after a failure: the package and the workspace root. */
	readonly restoreRoots: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	/** Called once, after `stallAfter` milliseconds (30 s) of silence. */
	readonly onStall: () => void;
	readonly stallAfter?: number;
	/** Milliseconds that cancelled processes get to end by themselves (5 s). */
	readonly killAfter?: number;
}

export type InstallResult =
	| {
			readonly status: 'installed';
			readonly notes: readonly string[];
			/** Puts the manager's files back after all; gives a sentence for each that could not be. */
			readonly takeBack: () => string[];
	  }
	| ({
			readonly status: 'failed';
			/** "pnpm ended with exit code 1." */
			readonly message: string;
			/** The last lines of what the manager said, safe to print. */
			readonly output: readonly string[];
			/** A sentence for each file that could not be put back; empty when all is as it was, but for node_modules. */
			readonly notRestored: readonly string[];
	  } & InstallFailure)
	| { readonly status: 'cancelled'; readonly notRestored: readonly string[] };

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
function readDeclared(cwd: string): Readonly<Record<string, unknown>> {
	try {
		const manifest = JSON.parse(readText(join(cwd, 'package.json'))?.replace(/^\uFEFF/, '') ?? '{}');
		const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
		return { ...peerDependencies, ...optionalDependencies, ...devDependencies, ...dependencies };
	} catch {
		return {};
	}
}

export function isDeclared(cwd: string, name: string): boolean {
	return Object.hasOwn(readDeclared(cwd), name);
}

/** Some managers end with 0 and have done nothing; a catalog or a workspace protocol is theirs to choose. */
function missingPackage(cwd: string, packages: readonly PackageSpec[]): PackageSpec | undefined {
	const declared = readDeclared(cwd);
	return packages.find(({ name, range }) => {
		const found = declared[name];
		if (typeof found !== 'string') return true;
		return semver().validRange(found) !== null && !semver().intersects(found, range);
	});
}

function describeEnd({ exitCode, signal, errorCode }: ProcessEnd, name: string): string {
	if (exitCode !== undefined) return `${name} ended with exit code ${exitCode}.`;
	return signal === undefined ? `${name} could not be started (${errorCode}).` : `${name} was ended by ${signal}.`;
}

/** The sentence that tells what went wrong. */
function findFailure(end: ProcessEnd, { command, cwd, packages }: InstallOptions): string | undefined {
	if (end.exitCode !== 0) return describeEnd(end, command.name);
	const missing = missingPackage(cwd, packages);
	return (
		missing && `${command.name} ended with exit code 0, but ${missing.name} ${missing.range} is not in package.json.`
	);
}

function notesOf({ output }: ProcessEnd, { name }: Command): string[] {
	return isPackageManagerName(name) ? installNotes(output, name) : [];
}

async function attempt(options: InstallOptions): Promise<ProcessEnd> {
	const { command, cwd, signal, onStall, stallAfter = 30_000, killAfter = 5000 } = options;
	const env = childEnv(options.env);
	const file = findExecutable(command.name, env);
	if (file === undefined) return { exitCode: undefined, signal: undefined, errorCode: 'not on PATH', output: '' };
	const { runProcess } = await import('../system/run-process.ts');
	return runProcess(file, command.args, { cwd, env, signal, onStall, stallAfter, killAfter });
}

/** Installs, or leaves everything but `node_modules` as it was. */
export async function install(options: InstallOptions): Promise<InstallResult> {
	const { command, signal, restoreRoots } = options;
	if (signal.aborted) return { status: 'cancelled', notRestored: [] };
	const snapshot = takeSnapshot(restoreRoots);
	try {
		const end = await attempt(options);
		if (signal.aborted) return { status: 'cancelled', notRestored: restoreSnapshot(snapshot) };
		const message = findFailure(end, options);
		if (message === undefined) {
			return { status: 'installed', notes: notesOf(end, command), takeBack: () => restoreSnapshot(snapshot) };
		}
		const notRestored = restoreSnapshot(snapshot);
		return {
			status: 'failed',
			message,
			output: lastLines(end.output),
			notRestored,
			...explainFailure(end.output, command),
		};
	} catch (error) {
		restoreSnapshot(snapshot);
		throw error;
	}
}
