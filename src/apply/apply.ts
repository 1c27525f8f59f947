import { join, relative, sep } from 'node:path';
import { fromOutside, managerReason } from '../ecosystem/package-managers.ts';
import { UsageError, WriteError } from '../lib/errors.ts';
import { shownPath } from '../lib/sanitize.ts';
import { shownCommand } from '../lib/shell.ts';
import type { Change } from '../plan/changes.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { hasConflict, type Proposal } from '../plan/proposal.ts';
import { ENV_EXAMPLES, isMember } from '../project/project.ts';
import { realPath } from '../system/files.ts';
import type { Context } from '../terminal/context.ts';
import type { Signal } from '../terminal/interruption.ts';
import { findBlocker, type InstallFailed, type NotApplied, refusedWrite, toWrites } from './blockers.ts';
import { removeDrafts } from './drafts.ts';
import { install, type InstallResult } from './install.ts';
import { type FileWrite, placeWrites } from './places.ts';
import { writeFiles } from './write-files.ts';

/** How a write ended. */
export type Applied =
	| { readonly status: 'written'; readonly changes: readonly Change[]; readonly notes: readonly string[] }
	| InstallFailed
	| {
			readonly status: 'cancelled';
			readonly signal: Signal;
			/** `installing`: the package manager had begun; no file of ours was written. */
			readonly files: 'untouched' | 'installing' | 'complete';
			/** Sentences: what the package manager left changed. */
			readonly left: readonly string[];
	  }
	| NotApplied;

/** How it ended, and the proposal that was carried out in the end. */
interface Application {
	readonly outcome: Applied;
	readonly proposal: Proposal;
}

async function runInstall(proposal: Proposal, context: Context): Promise<InstallResult | undefined> {
	const { install: planned, project, plan } = proposal;
	if (planned === undefined) return undefined;
	const { root, workspaceRoot = root } = project;
	const { name, from } = planned.manager;
	context.say(`Running ${shownCommand(planned.command)} (${managerReason(from)})`);
	return context.withProgress(name, (say) =>
		install({
			command: planned.command,
			packages: packagesToInstall(plan),
			cwd: root,
			importer: join(root, project.connectorPath.value),
			folders: [...new Set([root, workspaceRoot])],
			env: context.env,
			signal: context.interruption.signal,
			say,
		}),
	);
}

/** What the package manager left changed, and how to see it; empty where it left all as it was. */
function leftChanged({ install: planned, project, folder }: Proposal, changed: readonly string[]): string[] {
	if (planned === undefined || changed.length === 0) return [];
	const names = changed.map((path) =>
		shownPath(
			join(folder ?? '', relative(project.root, path))
				.split(sep)
				.join('/'),
		),
	);
	const see = project.gitRoot === undefined ? '' : ' See how with: git diff';
	return [`${planned.manager.name} left these files changed: ${names.join(', ')}.${see}`];
}

function leftAfterFailure(proposal: Proposal, changed: readonly string[]): string[] {
	const left = leftChanged(proposal, changed);
	return left.length > 0
		? ['flue wrote no file.', ...left]
		: ['flue wrote no file; package.json and the lockfile are as they were.'];
}

function failedInstall(result: InstallResult & { status: 'failed' }, proposal: Proposal): Applied {
	const { message, output, advice, retry, again, changed } = result;
	const command =
		retry === undefined ? [] : [`    ${shownCommand(fromOutside(retry, proposal.folder, isMember(proposal.project)))}`];
	return {
		status: 'install-failed',
		message: [message, ...output.map((line) => `  ${line}`), ...leftAfterFailure(proposal, changed)].join('\n'),
		hint: advice === undefined ? undefined : [advice, ...command].join('\n'),
		again,
	};
}

function failedWrite(error: unknown, proposal: Proposal, installed: InstallResult | undefined): Applied {
	if (!(error instanceof WriteError)) throw error;
	const written = error.written.map((path) => shownPath(relative(proposal.project.root, path).split(sep).join('/')));
	const kept = [
		...(written.length === 0 ? [] : [`Written before that: ${written.join(', ')}.`]),
		...leftChanged(proposal, installed?.changed ?? []),
	];
	return {
		status: 'failed',
		message: error.message,
		hint: kept.length === 0 ? 'Nothing was changed.' : [...kept, 'Run the same command again to finish.'].join('\n'),
	};
}

/** The install may have brought another runtime than the one that was planned for: then the files are planned for that. */
async function planAgain(proposal: Proposal, lookAgain: () => Promise<Proposal>): Promise<Proposal> {
	try {
		const now = await lookAgain();
		if (now.project.runtime.profile.since === proposal.project.runtime.profile.since) return proposal;
		if (hasConflict(now)) throw new WriteError('The project was changed while this ran, so nothing is written.');
		const { project, changes } = now;
		return { ...proposal, project, changes, plan: { ...now.plan, packages: proposal.plan.packages } };
	} catch (error) {
		throw error instanceof UsageError ? new WriteError(error.message) : error;
	}
}

function runtimeNotes(before: Proposal, { project: { runtime } }: Proposal): string[] {
	if (runtime === before.project.runtime) return [];
	return [`The install brought @flue/runtime ${runtime.version}: the connector is written for that version.`];
}

async function cancelled(
	proposal: Proposal,
	context: Context,
	installed: InstallResult | undefined,
): Promise<Applied | undefined> {
	const signal = await context.interruption.received();
	if (signal === undefined) return undefined;
	const files = installed === undefined ? 'untouched' : 'installing';
	const left = installed === undefined ? [] : leftAfterFailure(proposal, installed.changed);
	return { status: 'cancelled', signal, files, left };
}

/** Checks everything that can be checked, runs the package manager, looks again, and then writes. */
export async function applyProposal(
	proposal: Proposal,
	context: Context,
	lookAgain: () => Promise<Proposal>,
): Promise<Application> {
	const blocker = findBlocker(proposal, context.env);
	if (blocker !== undefined) return { outcome: blocker, proposal };
	let installed: InstallResult | undefined;
	try {
		const placed = placeWrites(proposal.project.root, toWrites(proposal));
		cleanUp(proposal);
		installed = await runInstall(proposal, context);
		if (installed?.status === 'failed') return { outcome: failedInstall(installed, proposal), proposal };
		const end = await cancelled(proposal, context, installed);
		if (end !== undefined) return { outcome: end, proposal };
		const now = installed === undefined ? proposal : await planAgain(proposal, lookAgain);
		const { root } = now.project;
		writeFiles(root, now === proposal ? placed : placeWrites(root, toWrites(now)));
		const signal = await context.interruption.received();
		if (signal !== undefined)
			return { outcome: { status: 'cancelled', signal, files: 'complete', left: [] }, proposal: now };
		const notes = [...runtimeNotes(proposal, now), ...(installed?.status === 'installed' ? installed.notes : [])];
		return { outcome: { status: 'written', changes: now.changes, notes }, proposal: now };
	} catch (error) {
		return { outcome: failedWrite(error, proposal, installed), proposal };
	}
}

/** Writes files that are none of the plan's; nothing is installed for them. Undefined when they are there. */
export function writeBeside({ project: { root } }: Proposal, writes: readonly FileWrite[]): NotApplied | undefined {
	const blocker = refusedWrite(root, writes);
	if (blocker !== undefined) return blocker;
	try {
		writeFiles(root, placeWrites(root, writes));
		return undefined;
	} catch (error) {
		if (!(error instanceof WriteError)) throw error;
		return { status: 'failed', message: error.message, hint: 'Nothing was changed.' };
	}
}

/** Removes the drafts that killed runs left in the project. */
export function cleanUp({ project: { root }, plan, changes }: Proposal): void {
	const paths = [...[...plan.files, ...changes].map(({ path }) => path), ...ENV_EXAMPLES].map((path) =>
		join(root, path),
	);
	removeDrafts(paths.map((path) => realPath(path) ?? path));
}
