import {
	NPM,
	isPackageManagerName,
	type PackageManager,
	type PackageManagerAnswer,
	type PackageManagerName,
	STARTED_US,
} from '../ecosystem/package-managers.ts';
import { semver } from '../lib/semver.ts';

/** The first of a manager's files is the one that is named as the reason. */
export const LOCKFILES = {
	'bun.lock': 'bun',
	'bun.lockb': 'bun',
	'pnpm-lock.yaml': 'pnpm',
	'yarn.lock': 'yarn',
	'package-lock.json': 'npm',
	'npm-shrinkwrap.json': 'npm',
} as const satisfies Record<string, PackageManagerName>;

/** They count where there is no lockfile: other managers read some of them too. */
export const SETTINGS = {
	'pnpm-workspace.yaml': 'pnpm',
	'.yarnrc.yml': 'yarn',
} as const satisfies Record<string, PackageManagerName>;

/** The files of managers that we do not run; `lock` where it is as good a sign as a lockfile of ours. */
export const OTHER_MANAGERS = {
	'deno.lock': 'lock',
	'vlt-lock.json': 'lock',
	'nub.lock': 'lock',
	'aube-lock.yaml': 'lock',
	'deno.json': 'settings',
	'deno.jsonc': 'settings',
	'vlt.json': 'settings',
	'rush.json': 'settings',
} as const satisfies Record<string, 'lock' | 'settings'>;

/** What an install leaves behind. */
export const INSTALL_TRACES = {
	'node_modules/.modules.yaml': 'pnpm',
	'node_modules/.yarn-state.yml': 'yarn',
	'node_modules/.yarn-integrity': 'yarn',
	'.pnp.cjs': 'yarn',
	'node_modules/.package-lock.json': 'npm',
	'node_modules/.bun/': 'bun',
} as const satisfies Record<string, PackageManagerName>;

/** What one folder says, nothing decided yet. */
export interface FolderEvidence {
	/** The way from the package root: '' for itself, '../', '../../'. */
	readonly path: string;
	/** The fields of its package.json as they are: anything may be in them. */
	readonly packageManager: unknown;
	readonly devEngines: unknown;
	/** Those of `LOCKFILES`, `SETTINGS`, `INSTALL_TRACES` and `OTHER_MANAGERS` that exist. */
	readonly files: ReadonlySet<string>;
	/** Of several lockfiles, those that lock the project's `@flue/runtime`. */
	readonly locking: ReadonlySet<string>;
	/** The first bytes of yarn.lock. */
	readonly yarnLock: string | undefined;
	/** What detect-package-manager says of the folder; undefined where it would have to guess. */
	readonly detected: PackageManagerName | undefined;
}

interface ManagerEvidence {
	readonly option: PackageManagerName | undefined;
	/** Nearest first. */
	readonly folders: readonly FolderEvidence[];
	readonly userAgent: string | undefined;
}

export type PackageManagerFinding = PackageManagerAnswer & { readonly warnings: readonly string[] };

interface Found {
	readonly name: PackageManagerName;
	readonly from: string;
}

interface Named {
	readonly name: string;
	/** A version or a range. */
	readonly version: string;
	readonly from: string;
}

type Agent = Named & Found;

function parsePackageManager(value: unknown): Omit<Named, 'from'> | undefined {
	const [, name, version] = (typeof value === 'string' && /^([a-z][\w-]{0,30})(?:@(\S{1,300}))?$/.exec(value)) || [];
	return name === undefined ? undefined : { name, version: version?.split('+')[0] ?? '' };
}

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-json#devengines: one object, or a list of alternatives. */
function parseDevEngines(value: unknown): Omit<Named, 'from'> | undefined {
	const field = (value as { packageManager?: unknown } | null | undefined)?.packageManager;
	const engines = [field].flat().flatMap((engine) => {
		const { name, version } = (engine ?? {}) as { name?: unknown; version?: unknown };
		return typeof name === 'string' ? [{ name, version: typeof version === 'string' ? version : '' }] : [];
	});
	return engines.find(({ name }) => isPackageManagerName(name)) ?? engines[0];
}

function namedBy(folder: FolderEvidence): Named | undefined {
	const manifest = `${folder.path}package.json`;
	const packageManager = parsePackageManager(folder.packageManager);
	if (packageManager !== undefined) return { ...packageManager, from: `packageManager in ${manifest}` };
	const devEngines = parseDevEngines(folder.devEngines);
	return devEngines && { ...devEngines, from: `devEngines.packageManager in ${manifest}` };
}

function filesOf(folder: FolderEvidence, table: Readonly<Record<string, PackageManagerName>>): Found[] {
	return Object.entries(table)
		.filter(([file]) => folder.files.has(file))
		.map(([file, name]) => ({ name, from: `${folder.path}${file.replace(/\/$/, '')}` }));
}

function onlyManager(found: readonly Found[]): Found | undefined {
	const [first, ...others] = found;
	return others.every(({ name }) => name === first?.name) ? first : undefined;
}

function yarnOfVersion(range: string): PackageManager['yarn'] {
	if (semver().validRange(range) === null) return undefined;
	const options = { includePrerelease: true };
	if (semver().subset(range, '>=2.0.0-0', options)) return 'berry';
	return semver().subset(range, '<2.0.0-0', options) ? 'classic' : undefined;
}

/** Yarn 2+ writes `__metadata:` at the head of its lockfile, yarn 1 a comment that names its version. */
function yarnOfFiles({ files, yarnLock = '' }: FolderEvidence): PackageManager['yarn'] {
	if (files.has('.yarnrc.yml') || files.has('.pnp.cjs') || yarnLock.includes('__metadata:')) return 'berry';
	return yarnLock.includes('yarn lockfile v1') ? 'classic' : undefined;
}

function yarnOf(folders: readonly FolderEvidence[], userAgent: Named | undefined): PackageManager['yarn'] {
	for (const folder of folders) {
		const named = namedBy(folder);
		const yarn = (named?.name === 'yarn' && yarnOfVersion(named.version)) || yarnOfFiles(folder);
		if (yarn) return yarn;
	}
	return userAgent?.name === 'yarn' ? yarnOfVersion(userAgent.version) : undefined;
}

/** `pnpm/10.34.8 npm/? node/v20.20.2 linux x64` */
function parseUserAgent(userAgent = ''): Agent | undefined {
	const [, name, version] = /^([a-z]+)\/(\d[\w.+-]*)/.exec(userAgent) ?? [];
	if (name === undefined || version === undefined || !isPackageManagerName(name)) return undefined;
	return { name, version, from: STARTED_US };
}

/** Several managers' lockfiles lie side by side: the only one with the runtime in it decides, or what was installed, or what a folder above says, or who started us. */
function decideBetween(
	lockfiles: readonly Found[],
	[folder, ...above]: readonly [FolderEvidence, ...FolderEvidence[]],
	agent: Agent | undefined,
): Found | undefined {
	const isCandidate = (found: { name: string }): found is Found => lockfiles.some(({ name }) => name === found.name);
	const locking = onlyManager(filesOf({ ...folder, files: folder.locking }, LOCKFILES));
	if (locking !== undefined) return locking;
	const installed = onlyManager(filesOf(folder, INSTALL_TRACES).filter(isCandidate));
	if (installed !== undefined) return installed;
	const named = above.map(namedBy).find((field) => field !== undefined);
	if (named !== undefined && isCandidate(named)) return named;
	// npx says "npm" in every project.
	return agent !== undefined && agent.name !== 'npm' && isCandidate(agent) ? agent : undefined;
}

function strayLockfiles(folder: FolderEvidence, manager: Found): string[] {
	return filesOf(folder, LOCKFILES)
		.filter(({ name }) => name !== manager.name)
		.map(
			({ name, from }) =>
				`${from} belongs to ${name}, but ${manager.from} names ${manager.name}: delete the one that is out of date.`,
		);
}

function malformedField(folder: FolderEvidence): string[] {
	if (folder.packageManager === undefined || parsePackageManager(folder.packageManager) !== undefined) return [];
	return [`packageManager in ${folder.path}package.json is not of the form name@version and was ignored.`];
}

type Decision =
	{ readonly status: 'found'; readonly found: Found } | Exclude<PackageManagerAnswer, { readonly status: 'found' }>;

function otherManager(folder: FolderEvidence, sign: 'lock' | 'settings'): Decision | undefined {
	const file = Object.entries(OTHER_MANAGERS).find(([name, kind]) => kind === sign && folder.files.has(name))?.[0];
	return file === undefined ? undefined : { status: 'unsupported', from: `${folder.path}${file}` };
}

function decideBySettings(folder: FolderEvidence): Decision | undefined {
	const found = onlyManager(filesOf(folder, SETTINGS));
	if (found !== undefined) return { status: 'found', found };
	const installed = onlyManager(filesOf(folder, INSTALL_TRACES));
	const other = otherManager(folder, 'settings');
	return other !== undefined && installed !== undefined ? { status: 'found', found: installed } : other;
}

function decideByLockfiles(
	folders: readonly [FolderEvidence, ...FolderEvidence[]],
	agent: Agent | undefined,
): Decision | undefined {
	const [folder] = folders;
	const lockfiles = filesOf(folder, LOCKFILES);
	if (lockfiles.length === 0) return otherManager(folder, 'lock') ?? decideBySettings(folder);
	const only = onlyManager(lockfiles);
	const found =
		only === undefined ? decideBetween(lockfiles, folders, agent) : { ...only, name: folder.detected ?? only.name };
	return found === undefined
		? { status: 'ambiguous', lockfiles: lockfiles.map(({ from }) => from) }
		: { status: 'found', found };
}

/** In one folder the fields come before the lockfiles. */
function decide(
	folders: readonly [FolderEvidence, ...FolderEvidence[]],
	agent: Agent | undefined,
): Decision | undefined {
	const named = namedBy(folders[0]);
	if (named === undefined) return decideByLockfiles(folders, agent);
	const { name, from } = named;
	return isPackageManagerName(name) ? { status: 'found', found: { name, from } } : { status: 'unsupported', from };
}

/** `--package-manager`; then folder by folder, nearest first; then what an install left behind, who started us, npm. */
export function chooseManager({ option, folders, userAgent }: ManagerEvidence): PackageManagerFinding {
	const agent = parseUserAgent(userAgent);
	const found = ({ name, from }: Found, warnings: readonly string[] = []): PackageManagerFinding => {
		const yarn = name === 'yarn' ? yarnOf(folders, agent) : undefined;
		return { status: 'found', manager: { name, yarn, from }, warnings };
	};
	if (option !== undefined) return found({ name: option, from: '--package-manager' });
	const warnings: string[] = [];
	for (const [index, folder] of folders.entries()) {
		warnings.push(...malformedField(folder));
		const decision = decide([folder, ...folders.slice(index + 1)], agent);
		if (decision?.status === 'found')
			return found(decision.found, [...warnings, ...strayLockfiles(folder, decision.found)]);
		if (decision !== undefined) return { ...decision, warnings };
	}
	const installed = folders
		.map((folder) => onlyManager(filesOf(folder, INSTALL_TRACES)))
		.find((trace) => trace !== undefined);
	return found(installed ?? agent ?? NPM, warnings);
}
