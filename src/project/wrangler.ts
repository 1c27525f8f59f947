import { isRecord, type JsonRecord, parseJson } from '../lib/json.ts';
import { below } from '../lib/paths.ts';
import { withoutByteOrderMark } from '../lib/text.ts';
import { kindOf, listFolder, readTextIfAny } from '../system/files.ts';
import { stringList } from './package-json.ts';
import type { WranglerFile } from './project.ts';

/** In the order in which wrangler looks for them. */
export const WRANGLER_FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] as const;

const CONFIG_BYTES = 256 * 1024;

const MOST_BUILDS = 10;

/** The first of the names that is a file in the first of the folders that has one; folders end with `/`. */
export function findFile(root: string, folders: readonly string[], names: readonly string[]): string | undefined {
	const paths = folders.flatMap((folder) => names.map((name) => folder + name));
	return paths.find((path) => kindOf(below(root, path)) === 'file');
}

/** What the project's Wrangler configuration says of Durable Objects; undefined when there is none. */
export async function readWranglerFile(root: string, folders: readonly string[]): Promise<WranglerFile | undefined> {
	const path = findFile(root, folders, WRANGLER_FILES);
	if (path === undefined) return undefined;
	const text = readTextIfAny(below(root, path), CONFIG_BYTES) ?? '';
	const syntax = path.endsWith('.toml') ? 'toml' : 'json';
	const config = await parseConfig(text, syntax);
	if (config === undefined) return { path, syntax, durableObjects: undefined, bound: [] };
	const { migrations, exports } = config;
	const entries = Array.isArray(migrations) ? migrations.filter(isRecord) : [];
	const exported = isRecord(exports) ? Object.keys(exports) : [];
	return {
		path,
		syntax,
		durableObjects: {
			form: formOf(text, syntax, entries.length > 0, exported.length > 0),
			tags: entries.flatMap(({ tag }) => (typeof tag === 'string' ? [tag] : [])),
			classes: new Set([...declaredClasses(entries), ...exported]),
		},
		bound: [
			...boundClasses(config).map((name) => ({ name, from: path })),
			...(await builtClasses(root, path.slice(0, path.lastIndexOf('/') + 1))),
		],
	};
}

async function parseConfig(text: string, syntax: WranglerFile['syntax']): Promise<JsonRecord | undefined> {
	try {
		if (syntax === 'toml') return (await import('smol-toml')).parse(withoutByteOrderMark(text));
		const { parse } = await import('jsonc-parser');
		const value = parseJson(text) ?? (parse(withoutByteOrderMark(text), [], { allowTrailingComma: true }) as unknown);
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function formOf(text: string, syntax: WranglerFile['syntax'], hasMigrations: boolean, hasExports: boolean) {
	if (hasExports && !hasMigrations) return 'exports';
	if (syntax === 'toml') return /^[\t ]*migrations[\t ]*=/m.test(text) ? 'list' : 'tables';
	return hasMigrations || /"migrations"\s*:\s*\[/.test(text) ? 'list' : 'none';
}

/** A class that was deleted or renamed needs a migration of its own to come again. */
function declaredClasses(migrations: readonly JsonRecord[]): ReadonlySet<string> {
	const declared = new Set<string>();
	for (const migration of migrations) {
		for (const key of ['new_sqlite_classes', 'new_classes'])
			for (const name of stringList(migration[key]) ?? []) declared.add(name);
		for (const name of stringList(migration['deleted_classes']) ?? []) declared.delete(name);
		for (const key of ['renamed_classes', 'transferred_classes']) {
			const moves = migration[key];
			for (const move of Array.isArray(moves) ? moves.filter(isRecord) : []) {
				if (key === 'renamed_classes' && typeof move['from'] === 'string') declared.delete(move['from']);
				if (typeof move['to'] === 'string') declared.add(move['to']);
			}
		}
	}
	return declared;
}

/** Those of this Worker: a binding with a `script_name` is to the class of another one. */
function boundClasses(config: JsonRecord): string[] {
	const { durable_objects: objects } = config;
	const bindings = isRecord(objects) && Array.isArray(objects['bindings']) ? objects['bindings'].filter(isRecord) : [];
	return bindings.flatMap(({ class_name: name, script_name: script }) =>
		typeof name === 'string' && script === undefined ? [name] : [],
	);
}

/** The configurations that a build has put into `dist`, with the classes that Flue made. */
async function builtClasses(root: string, folder: string): Promise<WranglerFile['bound']> {
	const folders = listFolder(below(root, `${folder}dist`), MOST_BUILDS).filter(({ kind }) => kind === 'directory');
	const names = ['dist/wrangler.json', ...folders.map(({ name }) => `dist/${name}/wrangler.json`)];
	const paths = names.map((name) => folder + name);
	const classes = paths.map(async (path) => {
		const text = readTextIfAny(below(root, path), CONFIG_BYTES);
		const config = text === undefined ? undefined : await parseConfig(text, 'json');
		return config === undefined ? [] : boundClasses(config).map((name) => ({ name, from: path }));
	});
	return (await Promise.all(classes)).flat();
}
