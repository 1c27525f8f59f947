import type ChildProcess from 'node:child_process';
import { isInside } from '../lib/paths.ts';
import { findExecutable } from './find-executable.ts';

/** A git that hangs, on a pipe that a configuration names for a file, is none. */
const ANSWERS_WITHIN = 5000;

/** A hook hands on where its repository is; where the user's own settings are still counts. */
const OF_A_REPOSITORY = /^GIT_(?!CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$|CEILING_DIRECTORIES$)/i;

/** npm puts such folders on PATH, those above the project too. */
const BINS_OF_PACKAGES = /[\\/]node_modules[\\/]\.bin[\\/]*$/;

/** The git on PATH that comes neither from the project nor from a package. */
export function findGit(project: string, env: NodeJS.ProcessEnv): string | undefined {
	return findExecutable(
		'git',
		env,
		process.platform,
		(folder) => !isInside(project, folder) && !BINS_OF_PACKAGES.test(folder),
	);
}

/**
 * Whether git ignores the path; undefined where it does not answer, as in a repository that it does not trust.
 * It reads no index, so that nothing that a repository's own configuration can name is run.
 */
export function isIgnoredByGit(
	git: string,
	folder: string,
	path: string,
	env: NodeJS.ProcessEnv,
): Promise<boolean | undefined> {
	const own = Object.fromEntries(Object.entries(env).filter(([name]) => !OF_A_REPOSITORY.test(name)));
	const options = {
		cwd: folder,
		env: { ...own, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' },
		stdio: 'ignore',
		timeout: ANSWERS_WITHIN,
		killSignal: 'SIGKILL',
		windowsHide: true,
	} as const;
	const { spawn } = require('node:child_process') as typeof ChildProcess;
	const answer = new Promise<boolean | undefined>((resolve) => {
		const child = spawn(
			git,
			['-c', 'core.fsmonitor=false', 'check-ignore', '--quiet', '--no-index', '--', path],
			options,
		);
		child.on('error', () => resolve(undefined));
		child.on('close', (code) => resolve(code === 0 ? true : code === 1 ? false : undefined));
	});
	// What may not be started is as good as not there.
	return answer.catch(() => undefined);
}
