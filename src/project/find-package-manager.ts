import { dirname, relative } from 'node:path';
import { detect } from 'detect-package-manager';
import type { PackageManagerName } from '../ecosystem/package-managers.ts';
import { below } from '../lib/paths.ts';
import { kindOf, readText } from '../system/files.ts';
import {
	chooseManager,
	type FolderEvidence,
	INSTALL_TRACES,
	LOCKFILES,
	type PackageManagerFinding,
	UNSUPPORTED_LOCKFILE,
} from './choose-package-manager.ts';

export interface PackageManagerSearch {
	readonly packageRoot: string;
	/** Where the walk ends; without git it ends at the workspace root, and without a workspace at the package itself. */
	readonly gitRoot: string | undefined;
	readonly workspaceRoot: string | undefined;
	/** A git repository of the whole home folder does not make one project of all that is below it. */
	readonly homeDirectory: string | undefined;
	readonly option: PackageManagerName | undefined;
	readonly userAgent: string | undefined;
}

const FILES = [...Object.keys(LOCKFILES), ...Object.keys(INSTALL_TRACES), UNSUPPORTED_LOCKFILE];

const DETECTED_LOCKFILES = new Set(['yarn.lock', 'pnpm-lock.yaml', 'bun.lockb', 'package-lock.json']);

function readManifest(folder: string): { packageManager?: unknown; devEngines?: unknown } {
	try {
		return JSON.parse(readText(below(folder, 'package.json'))?.replace(/^\uFEFF/, '') ?? '{}') ?? {};
	} catch (error) {
		if (error instanceof SyntaxError) return {};
		throw error;
	}
}

/** Anywhere but in a folder with exactly one of its four lockfiles, detect-package-manager would guess or ask programs on PATH. */
async function detectManager(folder: string, files: ReadonlySet<string>): Promise<PackageManagerName | undefined> {
	const [only, ...others] = [...files].filter((file) => file in LOCKFILES);
	if (only === undefined || others.length > 0 || !DETECTED_LOCKFILES.has(only)) return undefined;
	return detect({ cwd: folder });
}

async function readEvidence(folder: string, packageRoot: string): Promise<FolderEvidence> {
	const { packageManager, devEngines } = readManifest(folder);
	const files = new Set(
		FILES.filter((file) => kindOf(below(folder, file)) === (file.endsWith('/') ? 'directory' : 'file')),
	);
	const up = relative(packageRoot, folder).replaceAll('\\', '/');
	return {
		path: up === '' ? '' : `${up}/`,
		packageManager,
		devEngines,
		files,
		yarnLock: files.has('yarn.lock') ? readText(below(folder, 'yarn.lock'), 500) : undefined,
		detected: await detectManager(folder, files),
	};
}

function foldersOf(search: PackageManagerSearch): string[] {
	const { packageRoot, gitRoot, workspaceRoot } = search;
	const isHome = gitRoot !== packageRoot && gitRoot === search.homeDirectory;
	const top = (isHome ? undefined : gitRoot) ?? workspaceRoot ?? packageRoot;
	const folders = [packageRoot];
	for (let folder = packageRoot; folder !== top;) {
		const parent = dirname(folder);
		if (parent === folder) return [packageRoot];
		folders.push(parent);
		folder = parent;
	}
	return folders;
}

/** No process is started to find out. */
export async function findPackageManager(search: PackageManagerSearch): Promise<PackageManagerFinding> {
	const folders = await Promise.all(foldersOf(search).map((folder) => readEvidence(folder, search.packageRoot)));
	return chooseManager({ option: search.option, folders, userAgent: search.userAgent });
}
