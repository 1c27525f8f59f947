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
	OTHER_MANAGERS,
	type PackageManagerFinding,
	SETTINGS,
} from './choose-package-manager.ts';
import { readLockedPackage } from './lockfile.ts';
import { readPackageJson } from './package-json.ts';
import type { PackageRoot } from './package-root.ts';

interface PackageManagerSearch {
	readonly packageRoot: string;
	/** Where the walk ends. */
	readonly top: string;
	readonly workspaceRoot: string | undefined;
	/** What the package asks for of `@flue/runtime`: of several lockfiles, the one that has it is in use. */
	readonly runtime: string | undefined;
	readonly option: PackageManagerName | undefined;
	readonly userAgent: string | undefined;
}

/** What is known of the project before its package manager is. */
export function managerSearch(
	{ path, top, workspace, manifest }: PackageRoot,
	option: PackageManagerName | undefined,
	userAgent: string | undefined,
): PackageManagerSearch {
	const runtime = manifest.dependencies.get('@flue/runtime');
	return { packageRoot: path, top, workspaceRoot: workspace?.path, runtime, option, userAgent };
}

const FILES = [LOCKFILES, SETTINGS, INSTALL_TRACES, OTHER_MANAGERS].flatMap((table) => Object.keys(table));

const DETECTED_LOCKFILES = new Set(['yarn.lock', 'pnpm-lock.yaml', 'bun.lockb', 'package-lock.json']);

/** Anywhere but in a folder with exactly one of its four lockfiles, detect-package-manager would guess or ask programs on PATH. */
async function detectManager(folder: string, files: ReadonlySet<string>): Promise<PackageManagerName | undefined> {
	const [only, ...others] = [...files].filter((file) => file in LOCKFILES);
	if (only === undefined || others.length > 0 || !DETECTED_LOCKFILES.has(only)) return undefined;
	return detect({ cwd: folder });
}

async function readEvidence(folder: string, search: PackageManagerSearch): Promise<FolderEvidence> {
	const { packageRoot, workspaceRoot } = search;
	const { packageManager, devEngines } = readPackageJson(folder) ?? {};
	const files = new Set(
		FILES.filter((file) => kindOf(below(folder, file)) === (file.endsWith('/') ? 'directory' : 'file')),
	);
	// The settings of a workspace that the package is not in.
	if (folder !== packageRoot && folder !== workspaceRoot) files.delete('pnpm-workspace.yaml');
	const up = relative(packageRoot, folder).replaceAll('\\', '/');
	return {
		path: up === '' ? '' : `${up}/`,
		packageManager,
		devEngines,
		files,
		locking: await findLocking(folder, files, search),
		yarnLock: files.has('yarn.lock') ? readText(below(folder, 'yarn.lock'), 500) : undefined,
		detected: await detectManager(folder, files),
	};
}

/** Read only where several lockfiles lie side by side. */
async function findLocking(
	folder: string,
	files: ReadonlySet<string>,
	{ packageRoot, runtime }: PackageManagerSearch,
): Promise<ReadonlySet<string>> {
	const lockfiles = [...files].filter((file) => file in LOCKFILES);
	const locking = new Set<string>();
	if (lockfiles.length < 2 || runtime === undefined) return locking;
	for (const file of lockfiles)
		if ((await readLockedPackage(folder, file, packageRoot, '@flue/runtime', runtime)) !== undefined) locking.add(file);
	return locking;
}

function foldersOf({ packageRoot, top }: PackageManagerSearch): string[] {
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
	const folders = await Promise.all(foldersOf(search).map((folder) => readEvidence(folder, search)));
	return chooseManager({ option: search.option, folders, userAgent: search.userAgent });
}
