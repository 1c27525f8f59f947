import os from 'node:os';
import { UsageError } from '../errors.ts';
import { semver } from '../lib/semver.ts';
import { installCommand, type PackageManager } from '../package-managers.ts';
import { shownCommand } from '../shell-words.ts';
import { findPackageManager } from './find-package-manager.ts';
import { findRuntime } from './find-runtime.ts';
import { findPackageRoot, type PackageRoot } from './package-root.ts';

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
