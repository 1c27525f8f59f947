import { join, relative, sep } from 'node:path';
import { BROUGHT, RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import {
	allows,
	canonicalVersion,
	isBefore,
	isNewerThanKnown,
	isVersion,
	NEWEST_KNOWN_VERSION,
	newestAllowed,
	profileOf,
	reaches,
	requestedVersion,
} from '../ecosystem/flue-versions.ts';
import type { PackageManagerAnswer, PackageManagerName } from '../ecosystem/package-managers.ts';
import { UsageError } from '../lib/errors.ts';
import { below } from '../lib/paths.ts';
import { safe } from '../lib/sanitize.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { catalogPlaces } from './catalogs.ts';
import { findUsedVersion, readInstalled, usesPlugAndPlay } from './installed.ts';
import { type LockedPackage, readLockedPackage } from './lockfile.ts';
import { installedFolders } from './package-json.ts';
import type { PackageRoot } from './package-root.ts';
import type { Runtime } from './project.ts';
import type { ModuleSearch } from './modules.ts';
import { findWorkspaceMembers } from './workspace.ts';

const RUNTIME = '@flue/runtime';

const OLD_RUNTIME = '@flue/sdk';

const ANY_NODE = '*';

interface Finding {
	readonly version: string;
	readonly from: string;
	/** What its `engines` ask of Node.js, where the package or the lockfile tells. */
	readonly node?: string | undefined;
	readonly isLocked?: true;
	readonly warning?: string;
}

interface FoundRuntime {
	readonly runtime: Runtime;
	readonly warnings: readonly string[];
}

export async function findRuntime(
	root: PackageRoot,
	manager: PackageManagerAnswer,
	option: string | undefined,
	search: () => ModuleSearch,
): Promise<FoundRuntime> {
	const finding = await findVersion(root, manager, option);
	if (finding === undefined) {
		await refuseOldSdk(root, manager);
		const runtime = { profile: RUNTIME_PROFILES[0], version: undefined, from: 'not found', node: ANY_NODE };
		return { runtime, warnings: [notFound()] };
	}
	const { from, warning } = finding;
	const profile = profileOf(finding.version, from, (release) => hasWhatItBrought(root, release, option, search));
	const version = canonicalVersion(finding.version);
	const newer = `${RUNTIME} ${safe('version', version)} is newer than ${NEWEST_KNOWN_VERSION}, the newest that is known here; what is written for ${NEWEST_KNOWN_VERSION} may not fit it.`;
	const warnings = [...(warning === undefined ? [] : [warning]), ...(isNewerThanKnown(version) ? [newer] : [])];
	// Not every lockfile has the engines of its packages.
	const { node = finding.isLocked ? `>=${profile.oldestNode}` : ANY_NODE } = finding;
	return { runtime: { profile, version, from, node }, warnings };
}

/** By the installed package or, where none is, by the project's own sources; undefined where neither tells. */
function hasWhatItBrought(
	root: PackageRoot,
	{ since }: RuntimeProfile,
	option: string | undefined,
	search: () => ModuleSearch,
): boolean | undefined {
	const brought = BROUGHT[since];
	if (brought === undefined) return undefined;
	const code = option === undefined ? readInstalledCode(root) : undefined;
	if (code !== undefined) return new RegExp(`\\b${brought.exported}\\b`).test(code);
	const heads = search().modules.map(({ head }) => head);
	if (heads.some((head) => brought.now.test(head))) return true;
	return heads.some((head) => brought.before.test(head)) ? false : undefined;
}

/** The main module of the installed runtime, which lists what it exports. */
function readInstalledCode({ path, top }: PackageRoot): string | undefined {
	const [folder] = installedFolders(path, RUNTIME, top);
	return folder === undefined ? undefined : readTextIfAny(join(folder, 'dist/index.mjs'));
}

async function findVersion(
	root: PackageRoot,
	manager: PackageManagerAnswer,
	option: string | undefined,
): Promise<Finding | undefined> {
	if (option !== undefined) return { version: requestedVersion(option), from: '--runtime' };
	const specifier = root.manifest.dependencies.get(RUNTIME);
	const installed = usesPlugAndPlay([root.path, root.workspace?.path]) ? undefined : readInstalled(root, RUNTIME);
	if (installed === undefined)
		return specifier === undefined ? undefined : await findUninstalled(root, manager, specifier);
	const { version, node } = installed;
	if (specifier === undefined || allows(specifier, version)) return { version, from: 'installed', node };
	const warning = `${RUNTIME} ${safe('version', version)} is installed, but package.json asks for ${safe('specifier', specifier)}: install the dependencies, or say with --runtime which of the two to write for.`;
	return { version, from: 'installed', node, warning };
}

/** The next install takes what is locked, as long as package.json still allows it. */
async function findUninstalled(root: PackageRoot, manager: PackageManagerAnswer, specifier: string): Promise<Finding> {
	if (isMemberSpecifier(specifier)) return await findInWorkspace(root, specifier);
	const { locked, lockfile, unreadable } = await findLocked(root, manager, RUNTIME, specifier);
	if (locked !== undefined && allows(specifier, locked.version))
		return { ...locked, from: `locked in ${lockfile}`, isLocked: true };
	const declared = await findDeclared(root, specifier);
	if (unreadable === undefined) return declared;
	const warning = `${unreadable} cannot be read here: ${safe('version', declared.version)} is assumed, the newest that package.json allows. Name the locked one with --runtime.`;
	return { ...declared, warning: declared.warning ?? warning };
}

interface Locked {
	readonly locked: LockedPackage | undefined;
	/** Relative to the package root. */
	readonly lockfile: string | undefined;
	/** A lockfile that is there and is not text. */
	readonly unreadable: string | undefined;
}

async function findLocked(
	root: PackageRoot,
	manager: PackageManagerAnswer,
	name: string,
	specifier: string,
): Promise<Locked> {
	const { path, workspace, top } = root;
	const files = lockfilesOf(manager);
	const shown = (folder: string, file: string) => relative(path, join(folder, file)).split(sep).join('/');
	// Rush keeps its lockfile there, and all of its packages in it.
	const folders = new Set([path, workspace?.path ?? path, join(top, 'common/config/rush')]);
	let unreadable: string | undefined;
	for (const folder of folders) {
		for (const file of files) {
			const locked = await readLockedPackage(folder, file, path, name, specifier);
			if (locked !== undefined) return { locked, lockfile: shown(folder, file), unreadable: undefined };
			if (file === 'bun.lockb' && kindOf(below(folder, file)) === 'file') unreadable ??= shown(folder, file);
		}
	}
	return { locked: undefined, lockfile: undefined, unreadable };
}

const LOCKFILES_OF = {
	npm: ['npm-shrinkwrap.json', 'package-lock.json'],
	pnpm: ['pnpm-lock.yaml'],
	yarn: ['yarn.lock'],
	bun: ['bun.lock', 'bun.lockb'],
} as const satisfies Record<PackageManagerName, readonly string[]>;

function lockfilesOf(manager: PackageManagerAnswer): readonly string[] {
	if (manager.status === 'found') return LOCKFILES_OF[manager.manager.name];
	const others = ['deno.lock', 'nub.lock', 'pnpm-lock.yaml'];
	return manager.status === 'unsupported' ? others : Object.values(LOCKFILES_OF).flat();
}

function isMemberSpecifier(specifier: string): boolean {
	return /^workspace:(?:[*^~]?$|[./])/.test(specifier);
}

async function findDeclared(root: PackageRoot, specifier: string): Promise<Finding> {
	if (specifier.startsWith('catalog:')) return await findInCatalog(root, specifier.slice('catalog:'.length));
	return { version: newestAllowed(specifier), from: `${safe('specifier', specifier)} in package.json` };
}

async function findInCatalog(root: PackageRoot, catalog: string): Promise<Finding> {
	const name = catalog.trim() === '' ? 'default' : catalog.trim();
	for (const { file, read } of catalogPlaces(root)) {
		const specifier = (await read()).get(name)?.get(RUNTIME);
		if (specifier !== undefined)
			return { version: newestAllowed(specifier), from: `${safe('specifier', specifier)} in the catalog of ${file}` };
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
	const declared = safe('specifier', specifier);
	const warning = `package.json asks for ${RUNTIME} ${declared}, but ${reason}: ${NEWEST_KNOWN_VERSION} is assumed. Name another with --runtime.`;
	return { version: NEWEST_KNOWN_VERSION, from: `${declared} in package.json`, warning };
}

function notFound(): string {
	return `There is no ${RUNTIME} in this project: what follows is for Flue 0.6 to 0.7. For the newest Flue, add --runtime ${NEWEST_KNOWN_VERSION}; for another, install it first or add --runtime <version>.`;
}

/** Up to 0.5 the runtime was in `@flue/sdk`; from 0.6 on that is an HTTP client. A connector could import nothing there. */
async function refuseOldSdk(root: PackageRoot, manager: PackageManagerAnswer): Promise<void> {
	const specifier = root.manifest.dependencies.get(OLD_RUNTIME);
	if (specifier === undefined) return;
	const used =
		(await findUsedVersion(root, OLD_RUNTIME)) ??
		(await findLocked(root, manager, OLD_RUNTIME, specifier)).locked?.version;
	if (used === undefined ? reaches(specifier, '0.6.0') : !isVersion(used) || !isBefore(used, '0.6.0')) return;
	throw new UsageError(
		`This project runs on Flue before 0.6: ${OLD_RUNTIME} ${safe('specifier', specifier)} in package.json. A connector needs ${RUNTIME}, which came with 0.6.`,
		`Move to a newer Flue first. To write the connector for that already, add --runtime <version>, for example --runtime ${NEWEST_KNOWN_VERSION}.`,
	);
}
