import { join } from 'node:path';
import url from 'node:url';
import { name as packageName } from '../../package.json';
import { isRecord, parseJson } from '../json.ts';
import { readTextIfAny, realPath, withParents } from './files.ts';
import { PROGRAM_ROOT } from './find-program.ts';

/** The file that the package's `bin` names; undefined when that is this program, under whatever name it was installed. */
function readBin(packageFolder: string): string | undefined {
	const manifest = parseJson(readTextIfAny(join(packageFolder, 'package.json')) ?? '');
	if (!isRecord(manifest) || manifest['name'] === packageName) return undefined;
	const bin = isRecord(manifest['bin']) ? manifest['bin']['flue'] : manifest['bin'];
	const file = typeof bin === 'string' ? realPath(join(packageFolder, bin)) : undefined;
	return file === realPath(join(PROGRAM_ROOT, 'bin', 'flue.js')) ? undefined : file;
}

/** Flue's own program as the project at `cwd` has it installed. PATH is not asked: what it has is likely to be this program. */
export function findFlueCli(cwd: string): string | undefined {
	for (const folder of withParents(realPath(cwd) ?? cwd)) {
		const bin = readBin(join(folder, 'node_modules', '@flue', 'cli'));
		if (bin !== undefined) return bin;
	}
	return undefined;
}

/**
 * Becomes Flue's own program. It runs in this very process, so that arguments, environment, terminal, signals and exit code
 * are what they would be without us.
 */
export async function becomeFlueCli(bin: string): Promise<void> {
	process.argv[1] = bin;
	await import(/* @vite-ignore */ url.pathToFileURL(bin).href);
}
