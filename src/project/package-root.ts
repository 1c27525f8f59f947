import os from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { below, withParents } from '../lib/paths.ts';
import { shownPath } from '../lib/sanitize.ts';
import { kindOf, readText, readTextIfAny, realPath } from '../system/files.ts';
import { type Manifest, parseManifest, readManifestIfAny } from './package-json.ts';
import { findFluePackages, nameOthers } from './flue-packages.ts';
import { findWorkspaceRoot, type WorkspaceRoot } from './workspace.ts';

export interface PackageRoot {
	/** The folder from which it was found, without links. */
	readonly cwd: string;
	readonly path: string;
	readonly manifest: Manifest;
	readonly gitRoot: string | undefined;
	readonly workspace: WorkspaceRoot | undefined;
	/** The uppermost folder that belongs to the project: what lies above it is a stranger's. */
	readonly top: string;
}

export async function findPackageRoot(cwd: string): Promise<PackageRoot> {
	const start = realPath(cwd);
	if (start === undefined)
		throw new UsageError(`There is no folder ${shownPath(cwd)}.`, 'Name a folder that exists with --cwd.');
	if (kindOf(start) !== 'directory')
		throw new UsageError(`${shownPath(cwd)} is not a folder.`, 'Name a folder with --cwd.');
	const path = findOwnPackage(start);
	if (path === undefined) {
		const none = `There is no package.json in ${shownPath(start)} or above it`;
		const others = nameOthers(start, `${none}; these packages below it use Flue`, findFluePackages(start));
		if (others !== undefined) throw others;
		throw new UsageError(
			`${none}.`,
			'Run this inside of a Flue project, name one with --cwd, or start one with "npm init".',
		);
	}
	const manifest = readManifest(path);
	const gitRoot = withParents(path).find(isGitRoot);
	const workspace = await findWorkspaceRoot(path, manifest, gitRoot);
	// A repository of the whole home folder does not make one project of all that is below it.
	const isHome = gitRoot !== undefined && gitRoot !== path && gitRoot === homeFolder();
	const top = (isHome ? undefined : gitRoot) ?? workspace?.path ?? path;
	return { cwd: start, path, manifest, gitRoot, workspace, top };
}

/** A worktree and a submodule have a file of that name; a folder without HEAD is no repository to git. */
export function isGitRoot(folder: string): boolean {
	const path = below(folder, '.git');
	const kind = kindOf(path);
	if (kind === 'file') return readTextIfAny(path, 'gitdir:'.length) === 'gitdir:';
	return kind === 'directory' && kindOf(below(path, 'HEAD')) !== undefined;
}

/** Without links, as all folders here; undefined for a user without HOME and without an entry in the system's list of users. */
export function homeFolder(): string | undefined {
	try {
		return realPath(os.homedir());
	} catch {
		return undefined;
	}
}

/** A package.json inside of `.flue` that does not ask for Flue (often `{ "type": "module" }`) is part of the package around it. */
export function findOwnPackage(start: string): string | undefined {
	const nearest = withParents(start).find(hasManifest);
	if (nearest === undefined) return undefined;
	const flueFolder = withParents(nearest).find((folder) => basename(folder) === '.flue');
	if (flueFolder === undefined || !hasManifest(dirname(flueFolder))) return nearest;
	return readManifestIfAny(nearest)?.dependencies.has('@flue/runtime') === true ? nearest : dirname(flueFolder);
}

function hasManifest(folder: string): boolean {
	return kindOf(below(folder, 'package.json')) !== undefined;
}

function readManifest(folder: string): Manifest {
	const path = join(folder, 'package.json');
	const text = readText(path) ?? '';
	if (text.trim() === '')
		throw new UsageError(`${shownPath(path)} is empty.`, 'Put at least {} into it, or run "npm init".');
	const manifest = parseManifest(text);
	if (manifest === undefined)
		throw new UsageError(`${shownPath(path)} is not a JSON object.`, 'Mend it, then run this again.');
	return manifest;
}
