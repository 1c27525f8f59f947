import type { Command } from '../lib/shell.ts';

export const PACKAGE_MANAGER_NAMES = ['npm', 'pnpm', 'yarn', 'bun'] as const;

export type PackageManagerName = (typeof PACKAGE_MANAGER_NAMES)[number];

export interface PackageManager {
	readonly name: PackageManagerName;
	/** Yarn 1 and Yarn 2+ are different programs with different flags; undefined for a yarn that nothing tells apart, and for the others. */
	readonly yarn: 'classic' | 'berry' | undefined;
	/** Why this one: "packageManager in ../../package.json", "pnpm-lock.yaml", "--package-manager". */
	readonly from: string;
}

/** What every Node.js brings along. */
export const NPM: PackageManager = { name: 'npm', yarn: undefined, from: 'the default' };

/** Where a package manager is from that a person was asked for. */
export const ANSWERED = 'your answer';

/** Where one is from that runs this very program. */
export const STARTED_US = 'npm_config_user_agent';

export function managerReason(from: string): string {
	return from === STARTED_US ? 'it started this command' : from;
}

/** Undefined where nothing decides, or where it is one that we cannot run. */
export function knownManager(answer: PackageManagerAnswer): PackageManager | undefined {
	return answer.status === 'found' ? answer.manager : undefined;
}

/** For people: "pnpm (pnpm-lock.yaml)". */
export function describeManager({ name, from }: PackageManager): string {
	return `${name} (${managerReason(from)})`;
}

export type PackageManagerAnswer =
	| { readonly status: 'found'; readonly manager: PackageManager }
	/** Several lockfiles (relative to the package root) and nothing to decide. */
	| { readonly status: 'ambiguous'; readonly lockfiles: readonly string[] }
	/** A project of a manager that we cannot drive: `from` is "deno.lock" or "packageManager in package.json". */
	| { readonly status: 'unsupported'; readonly from: string };

type Program = Exclude<PackageManagerName, 'yarn'> | 'yarn-classic' | 'yarn-berry' | 'yarn-unknown';

interface CommandLines {
	readonly add: readonly string[];
	/** Runs a bin of a package that the project has installed. */
	readonly run: readonly string[];
	/** Runs the bin of a package that is fetched first. */
	readonly fetch: readonly string[];
}

/**
 * Tried on npm 10 and 11, pnpm 8 to 12, yarn 1.22, yarn 4 and bun 1.4, in a package, a workspace member and a workspace root:
 * pnpm's and yarn's `-w` fails outside a workspace, and in a member pnpm's adds to the root; pnpm 11 without `strict-dep-builds=false`
 * exits with ERR_PNPM_IGNORED_BUILDS although it installed. Yarn 1 has no `dlx`.
 */
export const COMMAND_LINES = {
	npm: { add: ['npm', 'install', '--no-audit', '--no-fund'], run: ['npx'], fetch: ['npx', '--yes'] },
	pnpm: {
		add: ['pnpm', 'add', '--ignore-workspace-root-check', '--config.strict-dep-builds=false'],
		run: ['pnpm'],
		fetch: ['pnpm', 'dlx'],
	},
	'yarn-classic': { add: ['yarn', 'add', '--ignore-workspace-root-check'], run: ['yarn'], fetch: ['npx', '--yes'] },
	'yarn-berry': { add: ['yarn', 'add'], run: ['yarn'], fetch: ['yarn', 'dlx'] },
	'yarn-unknown': { add: ['yarn', 'add'], run: ['yarn'], fetch: ['npx', '--yes'] },
	bun: { add: ['bun', 'add'], run: ['bunx'], fetch: ['bunx'] },
} as const satisfies Record<Program, CommandLines>;

function commandLines({ name, yarn }: PackageManager): CommandLines {
	return COMMAND_LINES[name === 'yarn' ? (`yarn-${yarn ?? 'unknown'}` as const) : name];
}

function toCommand([name = '', ...args]: readonly string[]): Command {
	return { name, args };
}

export function isPackageManagerName(text: unknown): text is PackageManagerName {
	return PACKAGE_MANAGER_NAMES.some((name) => name === text);
}

/** `specs` are `name@range`; the working directory is the package that shall declare them. */
export function installCommand(manager: PackageManager, specs: readonly string[]): Command {
	return toCommand([...commandLines(manager).add, ...specs]);
}

/** What installs all that package.json declares. */
export function installAllCommand({ name }: PackageManager): Command {
	return { name, args: ['install'] };
}

/**
 * The same command for a reader in another folder, without a `cd`. npm sees no workspace around a `--prefix`, and would give the
 * member a lockfile of its own.
 */
export function fromOutside({ name, args }: Command, folder: string | undefined, isMember: boolean): Command {
	if (!folder) return { name, args };
	switch (name) {
		case 'npm':
			return { name, args: [...args, isMember ? '-w' : '--prefix', folder] };
		case 'pnpm':
			return { name, args: ['-C', folder, ...args] };
		case 'yarn':
			return { name, args: ['--cwd', folder, ...args] };
		default:
			return { name, args: [...args, '--cwd', folder] };
	}
}

/** How the project's own way to run a bin that it has installed looks: `npx flue`, `pnpm flue`, `yarn flue`, `bunx flue`. */
export function runBin(manager: PackageManager, bin: string, args: readonly string[]): Command {
	return toCommand([...commandLines(manager).run, bin, ...args]);
}

/** The same for a package that is not installed; `spec` is `name@version` of a package with one bin. */
export function runPackage(manager: PackageManager, spec: string, args: readonly string[]): Command {
	return toCommand([...commandLines(manager).fetch, spec, ...args]);
}

/** Below the home folder, on Linux, macOS and Windows; each with the variable that names another place. */
const CACHES = {
	npm: { variables: ['npm_config_cache'], folders: ['.npm', 'AppData/Local/npm-cache'] },
	pnpm: {
		variables: ['PNPM_HOME'],
		folders: ['.local/share/pnpm', '.local/state/pnpm', '.cache/pnpm', 'Library/pnpm', 'Library/Caches/pnpm'],
	},
	yarn: {
		variables: ['YARN_CACHE_FOLDER', 'YARN_GLOBAL_FOLDER'],
		folders: ['.yarn/berry', '.cache/yarn', 'Library/Caches/Yarn'],
	},
	bun: { variables: ['BUN_INSTALL_CACHE_DIR'], folders: ['.bun/install/cache'] },
} as const satisfies Record<PackageManagerName, { variables: readonly string[]; folders: readonly string[] }>;

/** Where the manager may write outside of a project: any of them may be missing. */
export function cacheFolders({ name }: PackageManager, env: Readonly<Record<string, string | undefined>>): string[] {
	const { variables, folders } = CACHES[name];
	const home = env['HOME'] ?? env['USERPROFILE'];
	const named = variables.map((variable) => env[variable]).filter((folder) => folder !== undefined && folder !== '');
	return [...named, ...(home === undefined ? [] : folders.map((folder) => `${home}/${folder}`))] as string[];
}
