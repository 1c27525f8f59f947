import { join } from 'node:path';
import { WriteError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import type { Prospect } from '../prospect.ts';
import { findExecutable } from './find-executable.ts';
import { checkWritable, type FileWrite } from './write-files.ts';

function missingManager({ install }: Prospect, env: NodeJS.ProcessEnv): Outcome | undefined {
	if (install === undefined || findExecutable(install.command.name, env) !== undefined) return undefined;
	const { name, from } = install.manager;
	return {
		status: 'usage',
		message: `${name} is not on PATH, and this project uses it (${from}). Nothing was changed.`,
		hint: 'Install it, name another one with --package-manager, or give --no-install.',
	};
}

function refusedWrite(writes: readonly FileWrite[]): Outcome | undefined {
	try {
		checkWritable(writes);
		return undefined;
	} catch (error) {
		if (!(error instanceof WriteError)) throw error;
		return { status: 'failed', message: error.message, hint: 'Nothing was changed.' };
	}
}

/** How a write would end that cannot begin: what can be known of the package manager and the disk before anything is changed. */
export function findObstacle(
	prospect: Prospect,
	writes: readonly FileWrite[],
	env: NodeJS.ProcessEnv,
): Outcome | undefined {
	const manifest = { path: join(prospect.project.root, 'package.json'), content: '', before: '' };
	const touched = prospect.install === undefined ? writes : [manifest, ...writes];
	return missingManager(prospect, env) ?? refusedWrite(touched);
}
