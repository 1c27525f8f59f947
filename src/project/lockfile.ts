import { relative, sep } from 'node:path';
import { isRecord, parseJson } from '../lib/json.ts';
import { below } from '../lib/paths.ts';
import { readTextIfAny } from '../system/files.ts';

/** A dependency as the package in `folder` declares it. */
interface Dependency {
	readonly name: string;
	readonly specifier: string;
	/** Of the package, relative to the lockfile's folder, with `/`; empty when they are the same. */
	readonly folder: string;
}

/**
 * The resolved version as the lockfile spells it, or what it has of the package: `version` and `engines`.
 * Undefined when it does not lock the dependency for this package.
 */
type LockReader = (text: string, dependency: Dependency) => unknown | Promise<unknown>;

/** Real lockfiles of large workspaces have a few MiB. */
const LARGEST_LOCKFILE = 16 * 1024 * 1024;
const LARGEST_YAML = 4 * 1024 * 1024;
const MOST_ALIASES = 100;
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]{1,100})?(?:\+[\w.-]{1,100})?$/;

function field(value: unknown, name: string): unknown {
	return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json: `dependencies` is all that npm 5 and 6 have. */
function readNpm(text: string, { name, folder }: Dependency): unknown {
	const lock = parseJson(text);
	const packages = field(lock, 'packages');
	if (!isRecord(packages))
		return folder === '' ? field(field(field(lock, 'dependencies'), name), 'version') : undefined;
	if (folder !== '' && !isRecord(field(packages, folder))) return undefined;
	const segments = folder === '' ? [] : folder.split('/');
	const places = [...segments.keys(), segments.length].map((depth) => [
		...segments.slice(0, depth),
		'node_modules',
		name,
	]);
	const found = places
		.toReversed()
		.map((place) => field(packages, place.join('/')))
		.find(isRecord);
	const linked = field(found, 'link') === true ? field(found, 'resolved') : undefined;
	return typeof linked === 'string' ? field(packages, linked) : found;
}

/**
 * https://pnpm.io/lockfile: the dependencies of each package come before all packages; pnpm 11 and later may put a document of
 * their own before it. Formats 5 and 6 have the dependencies of a single package at the top level.
 */
async function readPnpm(text: string, { name, folder }: Dependency): Promise<unknown> {
	const [head = '', packages = ''] = (text.split(/^---\s*$/m).at(-1) ?? '').split(/^packages:/m, 2);
	if (head.length > LARGEST_YAML) return undefined;
	const { load } = await import('js-yaml');
	const lock = load(head, { json: true, maxAliases: MOST_ALIASES });
	const importers = field(lock, 'importers');
	const importer = isRecord(importers) ? field(importers, folder || '.') : folder === '' ? lock : undefined;
	const fields = ['dependencies', 'devDependencies', 'optionalDependencies'];
	const entry = fields.map((key) => field(field(importer, key), name)).find((found) => found !== undefined);
	const version = isRecord(entry) ? field(entry, 'version') : entry;
	if (typeof version !== 'string' || /^(?:link|file|workspace|https?|git\S*):/.test(version)) return undefined;
	// With its peers behind it, and as the target of an alias with a name before it: `/@flue/runtime/2.0.1_react@19.1.0`.
	const plain = /(?:^|[@/])(\d+\.\d+\.\d+(?:[-+][\w.+-]*?)?)(?=[_(]|$)/.exec(version)?.[1];
	return { version: plain, engines: { node: pnpmNode(packages, name, plain) } };
}

function pnpmNode(packages: string, name: string, version: string | undefined): string | undefined {
	const keys = [`${name}@${version}`, `${name}/${version}`];
	const block = packages.split(/\n(?= {2}\S)/).find((one) => keys.some((key) => one.slice(0, 200).includes(key)));
	return /^ {4}engines: \{.*?\bnode: '?([^',}]+)/m.exec(block ?? '')?.[1];
}

/** Both formats are a list of blocks: the descriptors that were asked for, and what they became. Only Yarn 2 and later list the members. */
function readYarn(text: string, { name, specifier, folder }: Dependency): unknown {
	const isBerry = text.includes('__metadata:');
	const versions = new Map<string, string>();
	let descriptors: readonly string[] = [];
	let isMember = !isBerry || folder === '';
	for (const line of text.split(/\r?\n/)) {
		if (/^["'\w@]|^\? /.test(line)) {
			descriptors = line.replace(/^\? /, '').replace(/:$/, '').replaceAll('"', '').split(', ');
			isMember ||= descriptors.some((descriptor) => descriptor.endsWith(`@workspace:${folder}`));
		}
		const [, version] = /^ {2}version:? "?([^"\s]+)"?$/.exec(line) ?? [];
		if (version === undefined) continue;
		const own = descriptors.filter((one) => one.startsWith(`${name}@`) && !one.startsWith(`${name}@workspace:`));
		for (const descriptor of own) versions.set(descriptor, version);
	}
	if (!isMember) return undefined;
	const exact = versions.get(`${name}@npm:${specifier}`) ?? versions.get(`${name}@${specifier}`);
	return exact ?? onlyOne(versions.values());
}

/** A resolution or a catalog can stand between the declared specifier and the one that is locked. */
function onlyOne(versions: Iterable<string>): string | undefined {
	const [version, ...others] = new Set(versions);
	return others.length === 0 ? version : undefined;
}

/** https://bun.com/docs/pm/lockfile: JSON with trailing commas; what only one package gets has the name of that package before it. */
async function readBun(text: string, { name, folder }: Dependency): Promise<unknown> {
	const { parse } = await import('jsonc-parser');
	const lock: unknown = parse(text, [], { allowTrailingComma: true });
	const workspace = field(field(lock, 'workspaces'), folder);
	if (folder !== '' && !isRecord(workspace)) return undefined;
	const packages = field(lock, 'packages');
	const entry = field(packages, `${String(field(workspace, 'name'))}/${name}`) ?? field(packages, name);
	const resolved: unknown = Array.isArray(entry) ? entry[0] : undefined;
	return typeof resolved === 'string' ? resolved.slice(resolved.lastIndexOf('@') + 1) : undefined;
}

/** https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files: `~1.1.0` may be written as `1.1`. */
function readDeno(text: string, { name, specifier }: Dependency): unknown {
	const specifiers = field(parseJson(text), 'specifiers');
	if (!isRecord(specifiers)) return undefined;
	const own = Object.entries(specifiers).filter(
		(entry): entry is [string, string] => entry[0].startsWith(`npm:${name}@`) && typeof entry[1] === 'string',
	);
	const found = new Map(own.map(([key, version]) => [key, version.replace(/_.*$/, '')]));
	return found.get(`npm:${name}@${specifier}`) ?? onlyOne(found.values());
}

/** The lockfiles that can be read; `bun.lockb` is binary. The first that is there counts, as it does for its manager. */
const LOCK_READERS = {
	'npm-shrinkwrap.json': readNpm,
	'package-lock.json': readNpm,
	'pnpm-lock.yaml': readPnpm,
	'yarn.lock': readYarn,
	'bun.lock': readBun,
	'deno.lock': readDeno,
	'nub.lock': readPnpm,
} as const satisfies Readonly<Record<string, LockReader>>;

export type ReadableLockfile = keyof typeof LOCK_READERS;

export function isReadableLockfile(name: string): name is ReadableLockfile {
	return Object.hasOwn(LOCK_READERS, name);
}

export interface LockedPackage {
	readonly version: string;
	/** What its `engines` ask of Node.js, where the lockfile tells. */
	readonly node: string | undefined;
}

/** What the lockfile locks for the dependency; undefined when it locks none, or when it is damaged. */
export async function lockedPackage(
	lockfile: ReadableLockfile,
	text: string,
	dependency: Dependency,
): Promise<LockedPackage | undefined> {
	try {
		const found = await LOCK_READERS[lockfile](text, dependency);
		const version = isRecord(found) ? found['version'] : found;
		const node = field(field(found, 'engines'), 'node');
		if (typeof version !== 'string' || !VERSION.test(version)) return undefined;
		return { version, node: typeof node === 'string' ? node : undefined };
	} catch {
		// What js-yaml and jsonc-parser throw, a stack that was too small for it included.
		return undefined;
	}
}

/** What the lockfile in `folder` locks for the package at `packageRoot`; undefined also for a file that cannot be read, or is too large to be. */
export async function readLockedPackage(
	folder: string,
	file: string,
	packageRoot: string,
	name: string,
	specifier: string,
): Promise<LockedPackage | undefined> {
	if (!isReadableLockfile(file)) return undefined;
	const text = readTextIfAny(below(folder, file), LARGEST_LOCKFILE + 1);
	if (text === undefined || text.length > LARGEST_LOCKFILE) return undefined;
	const way = relative(folder, packageRoot).split(sep).join('/');
	return await lockedPackage(file, text, { name, specifier, folder: way });
}
