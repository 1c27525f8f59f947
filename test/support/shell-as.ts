import { execa } from 'execa';
import { BIN, plainEnv, type Run } from './flue.ts';

export const NOBODY = 65_534;

export const isRoot = process.getuid?.() === 0;

/** Runs a shell script as `as` does; NOT_HERE is its exit code when this machine cannot do what it takes. */
export async function shell(
	as: readonly string[],
	script: string,
	cwd: string,
	{ bin, ...env }: { readonly bin: string; readonly [name: string]: string },
): Promise<Run> {
	const [program = 'env', ...args] = as;
	const { PATH = '', ...variables } = plainEnv({ ...env, NODE: process.execPath, BIN });
	const { stdout, stderr, exitCode } = await execa(program, [...args, 'sh', '-c', script], {
		cwd,
		env: { ...variables, PATH: `${bin}:${PATH}` },
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
		stripFinalNewline: false,
	});
	return { stdout, stderr, exitCode };
}

export const NOT_HERE = 99;

/** With the power of root no permission is ever refused. */
export const UNPRIVILEGED = isRoot
	? ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups']
	: ['env'];

/** What is mounted here is seen by nobody else, and is gone with the process. */
export const OWN_MOUNTS = ['unshare', ...(isRoot ? [] : ['--map-root-user']), '--mount'];
