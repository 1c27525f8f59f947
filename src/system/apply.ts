import type { World } from '../add.ts';
import { UsageError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import { packagesToInstall } from '../plan.ts';
import type { Prospect } from '../prospect.ts';
import { shownCommand } from '../shell-words.ts';
import { findExecutable } from './find-executable.ts';
import { install, type InstallResult } from './install.ts';
import { catchSignals, type Interruption } from './interruption.ts';
import { checkWritable, type FileWrite, WriteError, writeFiles } from './write-files.ts';

function checkExecutable({ install: planned }: Prospect, { env }: World): void {
	if (planned === undefined || findExecutable(planned.command.name, env) !== undefined) return;
	const { name, from } = planned.manager;
	throw new UsageError(
		`${name} is not on PATH, and this project uses it (${from}). Nothing was changed.`,
		'Install it, name another one with --package-manager, or give --no-install.',
	);
}

async function runInstall(prospect: Prospect, world: World, { signal }: Interruption): Promise<InstallResult | undefined> {
	const { install: planned, project, plan } = prospect;
	if (planned === undefined) return undefined;
	world.say(`Running ${shownCommand(planned.command)} (${planned.manager.from})`);
	return install({
		command: planned.command,
		packages: packagesToInstall(plan),
		cwd: project.root,
		restoreRoots: [project.root, ...(project.workspaceRoot === undefined ? [] : [project.workspaceRoot])],
		env: world.env,
		signal,
		onStall: () => world.say(`${planned.manager.name} has been silent for 30 seconds. Ctrl-C ends it and puts everything back.`),
	});
}

function failedInstall(result: InstallResult & { status: 'failed' }): Outcome {
	const { message, lines, output, advice, retry, notRestored } = result;
	const restored = notRestored.length === 0 ? 'Every file is as it was before; node_modules may differ.' : notRestored.join('\n');
	return {
		status: 'install-failed',
		message: [message, ...(lines.length > 0 ? lines : output).map((line) => `  ${line}`), restored].join('\n'),
		hint: advice === undefined ? undefined : [advice, ...(retry === undefined ? [] : [shownCommand(retry)])].join('\n'),
	};
}

/** The disk refused although it did not look so: the install is taken back as well. */
function failedWrite(error: unknown, installed: InstallResult | undefined): Outcome {
	if (!(error instanceof WriteError)) throw error;
	const notRestored = installed?.status === 'installed' ? installed.takeBack() : [];
	const kept = installed === undefined ? 'Nothing was changed.' : 'Every file is as it was before; node_modules may differ.';
	return { status: 'failed', message: error.message, hint: notRestored.length === 0 ? kept : notRestored.join('\n') };
}

/** Checks everything that can be checked, installs, then writes all of the files or none. Throws a UsageError. */
export async function applyProspect(prospect: Prospect, writes: readonly FileWrite[], world: World): Promise<Outcome> {
	const interruption = catchSignals();
	let installed: InstallResult | undefined;
	try {
		checkExecutable(prospect, world);
		checkWritable(writes);
		installed = await runInstall(prospect, world, interruption);
		if (installed?.status === 'failed') return failedInstall(installed);
		if (installed?.status === 'cancelled') return cancelled(interruption, installed.notRestored);
		writeFiles(writes);
	} catch (error) {
		return failedWrite(error, installed);
	}
	const signal = interruption.received();
	if (signal !== undefined) return { status: 'cancelled', signal, complete: true, notRestored: [] };
	return { status: 'written', changes: prospect.changes, notes: installed?.notes ?? [] };
}

function cancelled({ received }: Interruption, notRestored: readonly string[]): Outcome {
	return { status: 'cancelled', signal: received() ?? 'SIGINT', complete: false, notRestored };
}
