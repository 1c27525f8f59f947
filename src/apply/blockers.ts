import { join } from 'node:path';
import { managerReason } from '../ecosystem/package-managers.ts';
import { WriteError } from '../lib/errors.ts';
import { packagesToInstall } from '../plan/plan.ts';
import type { Proposal } from '../plan/proposal.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { Environment } from '../terminal/context.ts';
import { checkWritable, type FileWrite, placeWrites } from './places.ts';

/** It did not begin, or the disk refused. */
export interface NotApplied {
	readonly status: 'failed' | 'usage';
	readonly message: string;
	readonly hint: string | undefined;
}

/** The package manager cannot do its work. */
export interface InstallFailed {
	readonly status: 'install-failed';
	readonly message: string;
	readonly hint: string | undefined;
	/** Whether the same command can end better. */
	readonly again: boolean;
}

export function toWrites({ project, changes }: Proposal): FileWrite[] {
	return changes.map((change) => ({
		path: join(project.root, change.path),
		content: change.content,
		before: change.kind === 'create' ? undefined : change.before,
		...(change.kind === 'replace' ? { backup: join(project.root, change.backup) } : {}),
	}));
}

function missingManager({ install }: Proposal, env: Environment): NotApplied | undefined {
	if (install === undefined || findExecutable(install.command.name, env) !== undefined) return undefined;
	const { name, from } = install.manager;
	return {
		status: 'usage',
		message: `${name} is not on PATH, and this project uses it (${managerReason(from)}).`,
		hint: 'Install it, name another one with --package-manager, or give --no-install.',
	};
}

/** Codex sets it for commands that it cuts off from the network: a package manager would try for minutes. */
function offlineSandbox({ install, plan }: Proposal, env: Environment): InstallFailed | undefined {
	if (install === undefined || env['CODEX_SANDBOX_NETWORK_DISABLED'] !== '1') return undefined;
	const names = packagesToInstall(plan)
		.map(({ name }) => name)
		.join(' and ');
	return {
		status: 'install-failed',
		message: `The sandbox of Codex has no network, so that ${install.manager.name} cannot install ${names}.`,
		hint: 'Run this command outside of the sandbox: ask the user for the permission.',
		again: true,
	};
}

/** `others` are files that somebody else writes. */
export function refusedWrite(
	root: string,
	writes: readonly FileWrite[],
	others: readonly string[] = [],
): NotApplied | undefined {
	try {
		const theirs = others.map((path) => ({ path, place: path, content: '', before: '' }));
		checkWritable([...theirs, ...placeWrites(root, writes)]);
		return undefined;
	} catch (error) {
		if (!(error instanceof WriteError)) throw error;
		return { status: 'failed', message: error.message, hint: 'Nothing was changed.' };
	}
}

/** Why the package manager could not do its part, if that can be known before it is run. */
export function findInstallBlocker(proposal: Proposal, env: Environment): NotApplied | InstallFailed | undefined {
	return missingManager(proposal, env) ?? offlineSandbox(proposal, env);
}

/** How a write would end that cannot begin: what can be known of the package manager and the disk before anything is changed. */
export function findBlocker(proposal: Proposal, env: Environment): NotApplied | InstallFailed | undefined {
	const blocker = findInstallBlocker(proposal, env);
	if (blocker !== undefined) return { ...blocker, message: `${blocker.message} Nothing was changed.` };
	const { root } = proposal.project;
	const others = proposal.install === undefined ? [] : [join(root, 'package.json')];
	return refusedWrite(root, toWrites(proposal), others);
}
