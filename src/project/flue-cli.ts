import os from 'node:os';
import { join } from 'node:path';
import url from 'node:url';
import { name as packageName } from '../../package.json';
import { installCommand, type PackageManager } from '../ecosystem/package-managers.ts';
import { UsageError } from '../lib/errors.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { withParents } from '../lib/paths.ts';
import { semver } from '../lib/semver.ts';
import { shownCommand } from '../lib/shell.ts';
import { readTextIfAny, realPath } from '../system/files.ts';
import { findPackageManager } from './find-package-manager.ts';
import { findPackageRoot, type PackageRoot } from './package-root.ts';
import { PROGRAM_ROOT } from './program.ts';
import { findRuntime } from './runtime.ts';

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

const NPM: PackageManager = { name: 'npm', yarn: undefined, from: 'the default' };

/** Flue's program and its runtime go together: the same minor version up to 1.0, the same major version after it. */
function cliRange(runtime: string | undefined): string {
	const version = semver().parse(runtime);
	if (version === null) return '';
	const { major, minor, prerelease } = version;
	if (prerelease.length > 0) return `@${version.version}`;
	return `@^${major}.${major === 0 ? minor : 0}.0`;
}

function packageRootIfAny(cwd: string): PackageRoot | undefined {
	try {
		return findPackageRoot(cwd);
	} catch (error) {
		if (error instanceof UsageError) return undefined;
		throw error;
	}
}

async function managerOf(
	{ path, gitRoot, workspace }: PackageRoot,
	userAgent: string | undefined,
): Promise<PackageManager | undefined> {
	const finding = await findPackageManager({
		packageRoot: path,
		gitRoot,
		workspaceRoot: workspace?.path,
		homeDirectory: os.homedir(),
		option: undefined,
		userAgent,
	});
	return finding.status === 'found' ? finding.manager : undefined;
}

/** What the user has to do to get Flue's own program into the project, as a sentence. */
export async function howToInstallFlueCli(cwd: string, userAgent: string | undefined): Promise<string> {
	const root = packageRootIfAny(cwd);
	const spec = `@flue/cli${root === undefined ? '' : cliRange((await findRuntime(root, undefined)).runtime.version)}`;
	const manager = root === undefined ? NPM : await managerOf(root, userAgent);
	return manager === undefined ? `Install ${spec}.` : `Install it: ${shownCommand(installCommand(manager, [spec]))}`;
}
