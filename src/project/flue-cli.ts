import { join } from 'node:path';
import url from 'node:url';
import { name as packageName } from '../../package.json';
import { flueCliRange } from '../ecosystem/flue-versions.ts';
import { fromOutside, installCommand, NPM } from '../ecosystem/package-managers.ts';
import { UsageError } from '../lib/errors.ts';
import { isRecord } from '../lib/json.ts';
import { pathBetween } from '../lib/paths.ts';
import { commandFolder } from '../lib/sanitize.ts';
import { shownCommand } from '../lib/shell.ts';
import { realPath } from '../system/files.ts';
import { findPackageManager, managerSearch } from './find-package-manager.ts';
import { installedFolders, readPackageJson } from './package-json.ts';
import { findPackageRoot, type PackageRoot } from './package-root.ts';
import { PROGRAM_ROOT } from './program.ts';
import { findRuntime } from './runtime.ts';

/** The file that the package's `bin` names; undefined when that is this program, under whatever name it was installed. */
function readBin(packageFolder: string): string | undefined {
	const manifest = readPackageJson(packageFolder);
	if (manifest === undefined || manifest['name'] === packageName) return undefined;
	const bin = isRecord(manifest['bin']) ? manifest['bin']['flue'] : manifest['bin'];
	const file = typeof bin === 'string' ? realPath(join(packageFolder, bin)) : undefined;
	return file === realPath(join(PROGRAM_ROOT, 'bin', 'flue.js')) ? undefined : file;
}

/**
 * Flue's own program as the project at `cwd` has it installed. PATH is not asked: what it has is likely to be this program.
 * Nor is a folder above the project: what is installed there is a stranger's, and would be run.
 */
export async function findFlueCli(cwd: string): Promise<string | undefined> {
	const start = realPath(cwd) ?? cwd;
	const root = await packageRootIfAny(start);
	return installedFolders(start, '@flue/cli', root?.top ?? start)
		.map(readBin)
		.find((bin) => bin !== undefined);
}

/**
 * Becomes Flue's own program. It runs in this very process, so that arguments, environment, terminal, signals and exit code
 * are what they would be without us.
 */
export async function becomeFlueCli(bin: string): Promise<void> {
	process.argv[1] = bin;
	await import(/* @vite-ignore */ url.pathToFileURL(bin).href);
}

async function packageRootIfAny(cwd: string): Promise<PackageRoot | undefined> {
	try {
		return await findPackageRoot(cwd);
	} catch (error) {
		if (error instanceof UsageError) return undefined;
		throw error;
	}
}

export interface Place {
	/** The user's folder. */
	readonly from: string;
	/** The one that `-C` names; else the same. */
	readonly cwd: string;
}

/** What the user has to do to get Flue's own program into the project, as a sentence. */
export async function howToInstallFlueCli({ from, cwd }: Place, userAgent: string | undefined): Promise<string> {
	const root = await packageRootIfAny(cwd);
	if (root === undefined) return `Install it:  ${shownCommand(installCommand(NPM, ['@flue/cli']))}`;
	const finding = await findPackageManager(managerSearch(root, undefined, userAgent));
	const { runtime } = await findRuntime(root, finding, undefined, () => ({ modules: [], complete: true }));
	const spec = `@flue/cli${flueCliRange(runtime.version)}`;
	if (finding.status !== 'found') return `Install ${spec}.`;
	const folder = cwd === from ? '' : commandFolder(pathBetween(from, root.path));
	const isMember = root.workspace !== undefined && root.workspace.path !== root.path;
	const where = folder === undefined ? " in the project's folder" : '';
	return `Install it${where}:  ${shownCommand(fromOutside(installCommand(finding.manager, [spec]), folder, isMember))}`;
}
