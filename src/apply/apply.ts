import { join } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { inFolder, shownCommand } from '../lib/shell.ts';
import type { Change } from '../plan/changes.ts';
import { packagesToInstall } from '../plan/plan.ts';
import type { Proposal } from '../plan/proposal.ts';
import type { Project } from '../project/project.ts';
import { realPath } from '../system/files.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { Context } from '../terminal/context.ts';
import type { Signal } from '../terminal/interruption.ts';
import { install, type InstallResult, isDeclared } from './install.ts';
import { whileLocked } from './lock.ts';
import { managerFiles } from './snapshot.ts';
import { removeLeftovers } from './temporary-files.ts';
import { checkWritable, type FileWrite, writeFiles } from './write-files.ts';

/** How a write ended. */
export type Applied =
	| { readonly status: 'written'; readonly changes: readonly Change[]; readonly notes: readonly string[] }
	| { readonly status: 'install-failed'; readonly message: string; readonly hint: string | undefined }
	| {
			readonly status: 'cancelled';
			readonly signal: Signal;
			/** `restored`: the package manager had begun, and what it changed was put back. */
			readonly files: 'untouched' | 'restored' | 'complete';
			/** A sentence for each file that could not be put back. */
			readonly notRestored: readonly string[];
	  }
	| NotApplied;

/** It did not begin, or the disk refused. */
export interface NotApplied {
	readonly status: 'failed' | 'usage';
	readonly message: string;
	readonly hint: string | undefined;
}

/** Where the package manager has its files. */
function managerFolders({ root, workspaceRoot = root }: Project): string[] {
	return [...new Set([root, workspaceRoot])];
}

async function runInstall(proposal: Proposal, context: Context): Promise<InstallResult | undefined> {
	const { install: planned, project, plan } = proposal;
	if (planned === undefined) return undefined;
	const { name, from } = planned.manager;
	context.say(`Running ${shownCommand(planned.command)} (${from})`);
	return context.withProgress(name, (say) =>
		install({
			command: planned.command,
			packages: packagesToInstall(plan),
			cwd: project.root,
			restoreRoots: managerFolders(project),
			env: context.env,
			signal: context.interruption.signal,
			onStall: () => say(`${name} has been silent for 30 seconds. Ctrl-C ends it and puts everything back.`),
		}),
	);
}

/** What is true of the files after the package manager's changes were taken back. */
function restoredWords(notRestored: readonly string[]): string {
	return notRestored.length === 0 ? 'Every file is as it was before; node_modules may differ.' : notRestored.join('\n');
}

function failedInstall(result: InstallResult & { status: 'failed' }, { folder }: Proposal): Applied {
	const { message, lines, output, advice, retry, notRestored } = result;
	return {
		status: 'install-failed',
		message: [
			message,
			...(lines.length > 0 ? lines : output).map((line) => `  ${line}`),
			restoredWords(notRestored),
		].join('\n'),
		hint:
			advice === undefined
				? undefined
				: [advice, ...(retry === undefined ? [] : [inFolder(folder, shownCommand(retry))])].join('\n'),
	};
}

/** The disk refused although it did not look so: the install is taken back as well. */
function failedWrite(error: unknown, installed: (InstallResult & { status: 'installed' }) | undefined): Applied {
	const taken = installed?.takeBack() ?? [];
	if (!(error instanceof WriteError)) throw error;
	const notRestored = [...error.notRestored, ...taken];
	const untouched = installed === undefined && notRestored.length === 0;
	return {
		status: 'failed',
		message: error.message,
		hint: untouched ? 'Nothing was changed.' : restoredWords(notRestored),
	};
}

/** What was declared when we looked may have been another run's install, which failed and was taken back. */
function checkKept({ plan, project }: Proposal): void {
	const gone = plan.packages.find(({ name, action }) => action === 'keep' && !isDeclared(project.root, name));
	if (gone !== undefined)
		throw new WriteError(`package.json was changed while this ran, and ${gone.name} is no longer in it.`);
}

async function installAndWrite(proposal: Proposal, writes: readonly FileWrite[], context: Context): Promise<Applied> {
	checkKept(proposal);
	const installed = await runInstall(proposal, context);
	if (installed?.status === 'failed') return failedInstall(installed, proposal);
	if (installed?.status === 'cancelled') {
		const signal = (await context.interruption.received()) ?? 'SIGINT';
		return { status: 'cancelled', signal, files: 'restored', notRestored: installed.notRestored };
	}
	try {
		writeFiles(writes);
	} catch (error) {
		return failedWrite(error, installed);
	}
	const signal = await context.interruption.received();
	if (signal !== undefined) return { status: 'cancelled', signal, files: 'complete', notRestored: [] };
	return { status: 'written', changes: proposal.changes, notes: installed?.notes ?? [] };
}

/** Removes what runs that were killed have left in the project. */
export function cleanUp({ project, plan }: Proposal, writes: readonly FileWrite[]): void {
	const planned = [...plan.files.map(({ path }) => path), '.env.example'].map((path) => join(project.root, path));
	const written = [...planned, ...writes.map(({ path }) => path)].map((path) => realPath(path) ?? path);
	removeLeftovers([...new Set([...written, ...managerFiles(managerFolders(project))])]);
}

/** Checks everything that can be checked, installs, then writes all of the files or none; one run at a time. */
export async function applyProposal(
	proposal: Proposal,
	writes: readonly FileWrite[],
	context: Context,
): Promise<Applied> {
	const obstacle = findBlocker(proposal, writes, context.env);
	if (obstacle !== undefined) return obstacle;
	try {
		cleanUp(proposal, writes);
		return await whileLocked(managerFolders(proposal.project), () => installAndWrite(proposal, writes, context));
	} catch (error) {
		return failedWrite(error, undefined);
	}
}

function missingManager({ install }: Proposal, env: NodeJS.ProcessEnv): NotApplied | undefined {
	if (install === undefined || findExecutable(install.command.name, env) !== undefined) return undefined;
	const { name, from } = install.manager;
	return {
		status: 'usage',
		message: `${name} is not on PATH, and this project uses it (${from}). Nothing was changed.`,
		hint: 'Install it, name another one with --package-manager, or give --no-install.',
	};
}

function refusedWrite(writes: readonly FileWrite[]): NotApplied | undefined {
	try {
		checkWritable(writes);
		return undefined;
	} catch (error) {
		if (!(error instanceof WriteError)) throw error;
		return { status: 'failed', message: error.message, hint: 'Nothing was changed.' };
	}
}

/** How a write would end that cannot begin: what can be known of the package manager and the disk before anything is changed. */
export function findBlocker(
	proposal: Proposal,
	writes: readonly FileWrite[],
	env: NodeJS.ProcessEnv,
): NotApplied | undefined {
	const manifest = { path: join(proposal.project.root, 'package.json'), content: '', before: '' };
	const touched = proposal.install === undefined ? writes : [manifest, ...writes];
	return missingManager(proposal, env) ?? refusedWrite(touched);
}
