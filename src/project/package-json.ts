import { isRecord, type JsonRecord, parseJson, stringEntries } from '../lib/json.ts';
import { below, withParents } from '../lib/paths.ts';
import { isPackageName, safe } from '../lib/sanitize.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';

/** Catalog name → package → range. */
export type Catalogs = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What we need to know of a package.json. */
export interface Manifest {
	readonly name: string | undefined;
	readonly version: string | undefined;
	/** Raw specifiers: they may hold tokens, see `safeDependencies`. */
	readonly dependencies: ReadonlyMap<string, string>;
	/** The command lines, without their names. */
	readonly scripts: readonly string[];
	/** The members' globs; undefined when this is no workspace root. */
	readonly workspaces: readonly string[] | undefined;
	/** Bun keeps them in `workspaces` or at the top level (https://bun.com/docs/pm/catalogs). */
	readonly catalogs: Catalogs;
}

/** Of a package that may be there: undefined when its package.json is missing, unreadable or no JSON object. */
export function readPackageJson(folder: string): JsonRecord | undefined {
	const json = parseJson(readTextIfAny(below(folder, 'package.json')) ?? '');
	return isRecord(json) ? json : undefined;
}

/** The places in `node_modules`, nearest first, in which Node.js looks for what a file in `start` imports, and that hold something. */
export function installedFolders(start: string, name: string, top?: string): string[] {
	const folders = withParents(start, top).map((folder) => below(folder, `node_modules/${name}`));
	return folders.filter((folder) => kindOf(folder) !== undefined);
}

/** A later field gives way to an earlier one. */
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Undefined when the text is no JSON object. */
export function parseManifest(text: string): Manifest | undefined {
	return toManifest(parseJson(text));
}

function toManifest(json: unknown): Manifest | undefined {
	if (!isRecord(json)) return undefined;
	const { name, version, scripts, workspaces } = json;
	const entries = DEPENDENCY_FIELDS.toReversed().flatMap((field) => stringEntries(json[field]));
	return {
		name: typeof name === 'string' ? name : undefined,
		version: typeof version === 'string' ? version : undefined,
		dependencies: new Map(entries.filter(([dependency]) => isPackageName(dependency))),
		scripts: stringEntries(scripts).map(([, line]) => line),
		workspaces: stringList(isRecord(workspaces) ? workspaces['packages'] : workspaces),
		catalogs: new Map([...parseCatalogs(json), ...parseCatalogs(workspaces)]),
	};
}

export function readManifestIfAny(folder: string): Manifest | undefined {
	return toManifest(readPackageJson(folder));
}

/** pnpm and Yarn spell their catalogs alike: `catalog` is the default one, `catalogs` holds the named ones. */
export function parseCatalogs(holder: unknown): Catalogs {
	if (!isRecord(holder)) return new Map();
	const { catalog, catalogs } = holder;
	const named = isRecord(catalogs) ? Object.entries(catalogs) : [];
	const all = isRecord(catalog) ? [...named, ['default', catalog] as const] : named;
	return new Map(all.map(([name, entries]) => [name, new Map(stringEntries(entries))]));
}

export function stringList(value: unknown): readonly string[] | undefined {
	return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** Without code marks, because ranges are compared; whoever shows one makes it safe once more. */
export function safeDependencies(manifest: Manifest): ReadonlyMap<string, string> {
	const entries = [...manifest.dependencies];
	return new Map(entries.map(([name, specifier]) => [name, safe('specifier', specifier).replaceAll('`', '')]));
}
