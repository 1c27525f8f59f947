import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord } from '../lib/json.ts';
import { below, withParents } from '../lib/paths.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { type LockedPackage, readLockedPackage } from './lockfile.ts';
import { installedFolders, readPackageJson } from './package-json.ts';
import type { PackageRoot } from './package-root.ts';

/** Yarn's map of a large project has a few megabytes. */
const MAP_BYTES = 64 * 1024 * 1024;

const MAP = '.pnp.cjs';

function isMapped(folder: string, name: string): boolean {
	return readTextIfAny(below(folder, MAP), MAP_BYTES)?.includes(`"${name}"`) ?? false;
}

/** Whether a module in the folder can import the package: from a `node_modules` above it, or by Yarn's map, up to `top` if there is one. */
export function isInstalled(folder: string, name: string, top?: string): boolean {
	return (
		installedFolders(folder, name, top).length > 0 || withParents(folder, top).some((above) => isMapped(above, name))
	);
}

/** Whether a package manager has been at work for this package: `top` is where it may have put all packages of a workspace. */
export function hasInstall(folder: string, top: string): boolean {
	return withParents(folder, top).some(
		(above) => kindOf(below(above, 'node_modules')) === 'directory' || kindOf(below(above, MAP)) === 'file',
	);
}

/** Yarn's Plug'n'Play keeps packages where only Yarn finds them. */
export function usesPlugAndPlay(folders: readonly (string | undefined)[]): boolean {
	return folders.some((folder) => folder !== undefined && kindOf(join(folder, MAP)) === 'file');
}

/** What Node.js needs to find packages so; Yarn writes the loader where it sees modules. */
export function plugAndPlayOptions(folders: readonly (string | undefined)[]): string[] {
	const folder = folders.find((one) => usesPlugAndPlay([one]));
	if (folder === undefined) return [];
	const loader = join(folder, '.pnp.loader.mjs');
	const options = kindOf(loader) === 'file' ? ['--experimental-loader', pathToFileURL(loader).href] : [];
	return ['--require', join(folder, MAP), ...options];
}

/** What an import in `start` finds, nearest first. */
export function installedPackages(start: string, name: string, top?: string): string[] {
	return installedFolders(start, name, top).filter((folder) => kindOf(join(folder, 'package.json')) === 'file');
}

type InstallPlace = Pick<PackageRoot, 'path' | 'top'>;

/** The version that npm, pnpm, Yarn or Bun put into the nearest `node_modules`: read by path, because not every package exports its package.json. */
export function readInstalled({ path, top }: InstallPlace, name: string): LockedPackage | undefined {
	const [folder] = installedPackages(path, name, top);
	const { version, engines } = (folder === undefined ? undefined : readPackageJson(folder)) ?? {};
	const node = isRecord(engines) ? engines['node'] : undefined;
	return typeof version === 'string' ? { version, node: typeof node === 'string' ? node : undefined } : undefined;
}

/** The same under Yarn's Plug'n'Play, which has no `node_modules`: what is locked is what is loaded. */
export async function findUsedVersion(root: PackageRoot, name: string): Promise<string | undefined> {
	const { path, workspace, manifest } = root;
	const folders = [path, workspace?.path];
	if (!usesPlugAndPlay(folders)) return readInstalled(root, name)?.version;
	const specifier = manifest.dependencies.get(name);
	if (specifier === undefined) return undefined;
	const places = folders.filter((folder) => folder !== undefined);
	const versions = await Promise.all(
		places.map((folder) => readLockedPackage(folder, 'yarn.lock', path, name, specifier)),
	);
	return versions.find((locked) => locked !== undefined)?.version;
}
