import { join } from 'node:path';
import type { World } from '../add.ts';
import { WriteError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import { packagesToInstall } from '../plan.ts';
import type { Project } from '../project.ts';
import type { Prospect } from '../prospect.ts';
import { inFolder, shownCommand } from '../shell-words.ts';
import { removeLeftovers } from './beside.ts';
import { realPath } from './files.ts';
import { findObstacle } from './find-obstacle.ts';
import { install, type InstallResult, isDeclared } from './install.ts';
import { whileLocked } from './lock.ts';
import { managerFiles } from './snapshot.ts';
import { type FileWrite, writeFiles } from './write-files.ts';

/** Where the package manager has its files. */
function managerFolders({ root, workspaceRoot = root }: Project): string[] {
	return [...new Set([root, workspaceRoot])];
}

async function runInstall(prospect: Prospect, world: World): Promise<InstallResult | undefined> {
	const { install: planned, project, plan } = prospect;
	if (planned === undefined) return undefined;
	const { name, from } = planned.manager;
	world.say(`Running ${shownCommand(planned.command)} (${from})`);
	return world.during(name, (say) =>
		install({
			command: planned.command,
			packages: packagesToInstall(plan),
			cwd: project.root,
			restoreRoots: managerFolders(project),
			env: world.env,
			signal: world.interruption.signal,
			onStall: () => say(`${name} has been silent for 30 seconds. Ctrl-C ends it and puts everything back.`),
		}),
	);
}

/** What is true of the files after the package manager's changes were taken back. */
function restoredWords(notRestored: readonly string[]): string {
	return notRestored.length === 0 ? 'Every file is as it was before; node_modules may differ.' : notRestored.join('\n');
}

function failedInstall(result: InstallResult & { status: 'failed' }, { folder }: Prospect): Outcome {
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
function failedWrite(error: unknown, installed: (InstallResult & { status: 'installed' }) | undefined): Outcome {
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
function checkKept({ plan, project }: Prospect): void {
	const gone = plan.packages.find(({ name, action }) => action === 'keep' && !isDeclared(project.root, name));
	if (gone !== undefined)
		throw new WriteError(`package.json was changed while this ran, and ${gone.name} is no longer in it.`);
}

async function installAndWrite(prospect: Prospect, writes: readonly FileWrite[], world: World): Promise<Outcome> {
	checkKept(prospect);
	const installed = await runInstall(prospect, world);
	if (installed?.status === 'failed') return failedInstall(installed, prospect);
	if (installed?.status === 'cancelled') {
		const signal = (await world.interruption.received()) ?? 'SIGINT';
		return { status: 'cancelled', signal, files: 'restored', notRestored: installed.notRestored };
	}
	try {
		writeFiles(writes);
	} catch (error) {
		return failedWrite(error, installed);
	}
	const signal = await world.interruption.received();
	if (signal !== undefined) return { status: 'cancelled', signal, files: 'complete', notRestored: [] };
	return { status: 'written', changes: prospect.changes, notes: installed?.notes ?? [] };
}

/** Removes what runs that were killed have left in the project. */
export function cleanUp({ project, plan }: Prospect, writes: readonly FileWrite[]): void {
	const planned = [...plan.files.map(({ path }) => path), '.env.example'].map((path) => join(project.root, path));
	const written = [...planned, ...writes.map(({ path }) => path)].map((path) => realPath(path) ?? path);
	removeLeftovers([...new Set([...written, ...managerFiles(managerFolders(project))])]);
}

/** Checks everything that can be checked, installs, then writes all of the files or none; one run at a time. */
export async function applyProspect(prospect: Prospect, writes: readonly FileWrite[], world: World): Promise<Outcome> {
	const obstacle = findObstacle(prospect, writes, world.env);
	if (obstacle !== undefined) return obstacle;
	try {
		cleanUp(prospect, writes);
		return await whileLocked(managerFolders(prospect.project), () => installAndWrite(prospect, writes, world));
	} catch (error) {
		return failedWrite(error, undefined);
	}
}
