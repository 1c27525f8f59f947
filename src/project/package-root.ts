import { basename, dirname, join } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { below, withParents } from '../lib/paths.ts';
import { printable } from '../lib/sanitize.ts';
import { kindOf, readText, readTextIfAny, realPath } from '../system/files.ts';
import { type Manifest, parseManifest } from './package-json.ts';

export interface WorkspaceRoot {
	readonly path: string;
	readonly manifest: Manifest | undefined;
}

export interface PackageRoot {
	/** The folder from which it was found, without links. */
	readonly cwd: string;
	readonly path: string;
	readonly manifest: Manifest;
	readonly gitRoot: string | undefined;
	readonly workspace: WorkspaceRoot | undefined;
}

export function findPackageRoot(cwd: string): PackageRoot {
	const start = realPath(cwd);
	if (start === undefined)
		throw new UsageError(`There is no folder ${printable(cwd)}.`, 'Name a folder that exists with --cwd.');
	if (kindOf(start) !== 'directory')
		throw new UsageError(`${printable(cwd)} is not a folder.`, 'Name a folder with --cwd.');
	const path = findOwnPackage(start);
	if (path === undefined) {
		throw new UsageError(
			`There is no package.json in ${printable(start)} or above it.`,
			'Run this inside of a Flue project, name one with --cwd, or start one with "npm init".',
		);
	}
	const manifest = readManifest(path);
	const gitRoot = withParents(path).find((folder) => kindOf(below(folder, '.git')) !== undefined);
	return { cwd: start, path, manifest, gitRoot, workspace: findWorkspaceRoot(path, manifest, gitRoot) };
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
		throw new UsageError(`${printable(path)} is empty.`, 'Put at least {} into it, or run "npm init".');
	const manifest = parseManifest(text);
	if (manifest === undefined)
		throw new UsageError(`${printable(path)} is not a JSON object.`, 'Mend it, then run this again.');
	return manifest;
}

export function readManifestIfAny(folder: string): Manifest | undefined {
	const text = readTextIfAny(below(folder, 'package.json'));
	return text === undefined ? undefined : parseManifest(text);
}

function findWorkspaceRoot(path: string, manifest: Manifest, gitRoot: string | undefined): WorkspaceRoot | undefined {
	for (const folder of withParents(path, gitRoot)) {
		const own = folder === path ? manifest : readManifestIfAny(folder);
		const isRoot = own?.workspaces !== undefined || kindOf(below(folder, 'pnpm-workspace.yaml')) === 'file';
		if (isRoot) return { path: folder, manifest: own };
	}
	return undefined;
}
