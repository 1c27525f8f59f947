import { join, relative, sep } from 'node:path';
import { RUNTIME_PROFILES } from '../ecosystem/flue-runtimes.ts';
import {
	allows,
	isNewerThanKnown,
	isVersion,
	NEWEST_KNOWN_VERSION,
	newestAllowed,
	profileOf,
	requestedVersion,
} from '../ecosystem/flue-versions.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { below, withParents } from '../lib/paths.ts';
import { safeSpecifier } from '../lib/sanitize.ts';
import { kindOf, readTextIfAny, realPath } from '../system/files.ts';
import { parseCatalogs } from './package-json.ts';
import type { PackageRoot } from './package-root.ts';
import type { Runtime } from './project.ts';
import { findWorkspaceMembers, readYaml } from './workspace.ts';

export interface RuntimeCopy {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	readonly version: string | undefined;
	/** Whether it is the one that `@flue/cli` runs with. */
	readonly isUsedByCli: boolean;
}

const RUNTIME = '@flue/runtime';

interface Finding {
	readonly version: string;
	readonly from: string;
	readonly warning?: string;
}

export interface FoundRuntime {
	readonly runtime: Runtime;
	readonly warnings: readonly string[];
}

/** The version that npm, pnpm, Yarn or Bun put into the nearest `node_modules`: read by path, because not every package exports its package.json. */
export function findInstalledVersion(packageRoot: string, name: string): string | undefined {
	for (const folder of withParents(packageRoot)) {
		const text = readTextIfAny(below(folder, `node_modules/${name}/package.json`));
		if (text === undefined) continue;
		const manifest = parseJson(text);
		return isRecord(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : undefined;
	}
	return undefined;
}

export async function findRuntime(root: PackageRoot, option: string | undefined): Promise<FoundRuntime> {
	const finding = await findVersion(root, option);
	if (finding === undefined) {
		const runtime = { profile: RUNTIME_PROFILES[0], version: undefined, from: 'not found' };
		return { runtime, warnings: [notFound(root)] };
	}
	const { version, from, warning } = finding;
	const profile = profileOf(version, from);
	const newer = `${RUNTIME} ${version} is newer than ${NEWEST_KNOWN_VERSION}, the newest that is known here; what is written for ${NEWEST_KNOWN_VERSION} may not fit it.`;
	const warnings = [...(warning === undefined ? [] : [warning]), ...(isNewerThanKnown(version) ? [newer] : [])];
	return { runtime: { profile, version, from }, warnings };
}

async function findVersion(root: PackageRoot, option: string | undefined): Promise<Finding | undefined> {
	if (option !== undefined) return { version: requestedVersion(option), from: '--runtime' };
	const specifier = root.manifest.dependencies.get(RUNTIME);
	const installed = findInstalledVersion(root.path, RUNTIME);
	if (installed === undefined) return specifier === undefined ? undefined : await findDeclared(root, specifier);
	if (specifier === undefined || allows(specifier, installed)) return { version: installed, from: 'installed' };
	const warning = `${RUNTIME} ${installed} is installed, but package.json asks for ${safeSpecifier(specifier)}: install the dependencies, or say with --runtime which of the two to write for.`;
	return { version: installed, from: 'installed', warning };
}

async function findDeclared(root: PackageRoot, specifier: string): Promise<Finding> {
	if (specifier.startsWith('catalog:')) return await findInCatalog(root, specifier.slice('catalog:'.length));
	if (/^workspace:(?:[*^~]?$|[./])/.test(specifier)) return await findInWorkspace(root, specifier);
	return { version: newestAllowed(specifier), from: `${safeSpecifier(specifier)} in package.json` };
}

async function findInCatalog({ workspace, manifest, path }: PackageRoot, catalog: string): Promise<Finding> {
	const folder = workspace?.path ?? path;
	const name = catalog.trim() === '' ? 'default' : catalog.trim();
	const places = [
		{ file: 'pnpm-workspace.yaml', read: async () => parseCatalogs(await readYaml(folder, 'pnpm-workspace.yaml')) },
		{ file: 'package.json', read: () => (workspace?.manifest ?? manifest).catalogs },
		{ file: '.yarnrc.yml', read: async () => parseCatalogs(await readYaml(folder, '.yarnrc.yml')) },
	];
	for (const { file, read } of places) {
		const specifier = (await read()).get(name)?.get(RUNTIME);
		if (specifier !== undefined)
			return { version: newestAllowed(specifier), from: `${safeSpecifier(specifier)} in the catalog of ${file}` };
	}
	return unresolved(`catalog:${catalog}`, 'no catalog has it');
}

async function findInWorkspace({ workspace }: PackageRoot, specifier: string): Promise<Finding> {
	const none = 'no member of the workspace has it';
	if (workspace === undefined) return unresolved(specifier, none);
	const { members, cutShort } = await findWorkspaceMembers(workspace, ({ manifest }) => manifest.name === RUNTIME, 1);
	const [member] = members;
	if (member === undefined)
		return unresolved(specifier, cutShort === undefined ? none : `${cutShort}, and none that was found has it`);
	const { version } = member.manifest;
	return version === undefined
		? unresolved(specifier, 'the member of the workspace that has it names no version')
		: { version, from: 'the workspace' };
}

function unresolved(specifier: string, reason: string): Finding {
	const declared = safeSpecifier(specifier);
	const warning = `package.json asks for ${RUNTIME} ${declared}, but ${reason}: ${NEWEST_KNOWN_VERSION} is assumed. Name another with --runtime.`;
	return { version: NEWEST_KNOWN_VERSION, from: `${declared} in package.json`, warning };
}

/** Up to 0.5 the runtime was in `@flue/sdk`; from 0.6 on that is an HTTP client. */
function notFound({ manifest }: PackageRoot): string {
	const sdk = manifest.dependencies.get('@flue/sdk');
	const old = sdk !== undefined && !allows(sdk, '0.6.0') ? ' (@flue/sdk was its name before 0.6)' : '';
	return `There is no ${RUNTIME} in this project${old}: what follows is for Flue 0.6 to 0.7. For a newer Flue, install it first or add --runtime <version>, for example --runtime ${NEWEST_KNOWN_VERSION}.`;
}

const RUNTIME_FOLDER = 'node_modules/@flue/runtime';

const CLI = 'node_modules/@flue/cli';

function readVersion(folder: string): string | undefined {
	const manifest = parseJson(readTextIfAny(join(folder, 'package.json')) ?? '');
	const version = isRecord(manifest) ? manifest['version'] : undefined;
	return typeof version === 'string' && isVersion(version) ? version : undefined;
}

/** The folders that Node.js looks into for what a file in `start` imports, and that hold it. */
function resolutions(start: string, name: string): string[] {
	return withParents(start)
		.map((folder) => join(folder, name))
		.filter((folder) => kindOf(join(folder, 'package.json')) === 'file');
}

/**
 * The copies of the runtime that the project reaches, its own first: in a `node_modules` on the way up, and where its
 * `@flue/cli` finds one. A copy counts by where it really lies, so that links to one are one.
 */
export function findRuntimeCopies(packageRoot: string): readonly RuntimeCopy[] {
	const own = resolutions(packageRoot, RUNTIME_FOLDER);
	const [cli] = resolutions(packageRoot, CLI);
	const [ofCli] = cli === undefined ? [] : resolutions(realPath(cli) ?? cli, RUNTIME_FOLDER);
	const copies = new Map<string, RuntimeCopy>();
	for (const folder of ofCli === undefined ? own : [...own, ofCli]) {
		const real = realPath(folder) ?? folder;
		const path = relative(packageRoot, folder).split(sep).join('/');
		if (!copies.has(real)) copies.set(real, { path, version: readVersion(real), isUsedByCli: false });
	}
	const used = ofCli === undefined ? undefined : (realPath(ofCli) ?? ofCli);
	return Array.from(copies, ([real, copy]) => ({ ...copy, isUsedByCli: real === used }));
}

/** Yarn's Plug'n'Play keeps packages where only Yarn finds them. */
export function usesPlugAndPlay(folders: readonly (string | undefined)[]): boolean {
	return folders.some((folder) => folder !== undefined && kindOf(join(folder, '.pnp.cjs')) === 'file');
}
