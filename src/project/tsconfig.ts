import { dirname, extname, join, posix, resolve } from 'node:path';
import { isRecord, type JsonRecord, parseJson } from '../lib/json.ts';
import { pathBetween, withParents } from '../lib/paths.ts';
import { withoutByteOrderMark } from '../lib/text.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { stringList } from './package-json.ts';
import type { Fact, ImportExtension } from './project.ts';
import { resolveExtends } from './tsconfig-extends.ts';

/** The compiler options that decide how a relative import is written. */
interface ImportOptions {
	readonly module?: string;
	readonly moduleResolution?: string;
	readonly allowImportingTsExtensions?: boolean;
	readonly rewriteRelativeImportExtensions?: boolean;
}

/** Which files a tsconfig is for, with patterns relative to its own folder. */
interface FileSet {
	readonly files?: string[];
	readonly include?: string[];
	readonly exclude?: string[];
}

interface Tsconfig {
	readonly path: string;
	readonly options: ImportOptions;
	readonly fileSet: FileSet;
	/** Absolute paths of the projects that it references. */
	readonly references: readonly string[];
}

type ReadConfig = (path: string) => Promise<JsonRecord | undefined>;

/** Chains of `extends` and references are a few files long; this bounds a loop or a maze. */
const MOST_FILES = 60;
const FILE_FIELDS = ['files', 'include', 'exclude'] as const;
/** How the tsconfig that the connector belongs to wants it to be imported. */
export async function readImportExtension(
	root: string,
	top: string,
	connectorPath: string,
): Promise<Fact<ImportExtension>> {
	const connector = join(root, connectorPath);
	const folders = withParents(dirname(connector), top);
	const file = folders.map((folder) => join(folder, 'tsconfig.json')).find((path) => kindOf(path) === 'file');
	if (file === undefined) return { value: importExtension({}, connectorPath), from: 'there is no tsconfig.json' };
	const { path, options } = await findConfig(file, connector);
	const resolution = needsExtension(options) ? 'resolves modules as Node.js does' : 'needs no extension';
	return {
		value: importExtension(options, connectorPath),
		from: `${pathBetween(root, path)} ${resolution}`,
	};
}

/** The nearest tsconfig or, as for an editor, the project that it references and that includes the file. */
async function findConfig(nearest: string, file: string): Promise<Tsconfig> {
	const read = boundedReader();
	const own = await readConfig(nearest, read);
	const seen = [own];
	for (const config of seen) {
		if (config.references.length > 0 || config !== own) {
			if (await includes(config, file)) return config;
		}
		for (const reference of config.references) {
			if (seen.length < MOST_FILES && !seen.some(({ path }) => path === reference))
				seen.push(await readConfig(reference, read));
		}
	}
	return [own, ...seen].find(({ options }) => (options.module ?? options.moduleResolution) !== undefined) ?? own;
}

async function includes({ path, fileSet }: Tsconfig, file: string): Promise<boolean> {
	const { createFilesMatcher } = await import('get-tsconfig');
	try {
		return createFilesMatcher({ path, config: fileSet }, true)(file) !== undefined;
	} catch {
		return false;
	}
}

function boundedReader(): ReadConfig {
	let left = MOST_FILES;
	return async (path) => {
		left -= 1;
		const text = left < 0 ? undefined : readTextIfAny(path);
		return text === undefined ? undefined : await parseTsconfig(text);
	};
}

async function parseTsconfig(text: string): Promise<JsonRecord | undefined> {
	const json = parseJson(text);
	if (isRecord(json)) return json;
	const { parse } = await import('jsonc-parser');
	try {
		const value: unknown = parse(withoutByteOrderMark(text), [], { allowTrailingComma: true });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

async function readConfig(path: string, read: ReadConfig, seen: readonly string[] = []): Promise<Tsconfig> {
	const config = seen.includes(path) ? undefined : await read(path);
	if (config === undefined) return { path, options: {}, fileSet: {}, references: [] };
	const { extends: named, references } = config;
	const bases: Tsconfig[] = [];
	for (const specifier of (typeof named === 'string' ? [named] : (stringList(named) ?? [])).slice(0, MOST_FILES)) {
		const base = await resolveExtends(specifier, dirname(path));
		if (base !== undefined) bases.push(await readConfig(base, read, [...seen, path]));
	}
	return {
		path,
		options: Object.assign({}, ...bases.map(({ options }) => options), ownOptions(config['compilerOptions'])),
		fileSet: Object.assign({}, ...bases.map((base) => movedFileSet(base, dirname(path))), ownFileSet(config)),
		references: (Array.isArray(references) ? references : []).slice(0, MOST_FILES).flatMap((reference) => {
			const target = isRecord(reference) && typeof reference['path'] === 'string' ? reference['path'] : undefined;
			return target === undefined ? [] : [referencedFile(resolve(dirname(path), target))];
		}),
	};
}

function referencedFile(path: string): string {
	return path.endsWith('.json') ? path : join(path, 'tsconfig.json');
}

function ownOptions(value: unknown): ImportOptions {
	if (!isRecord(value)) return {};
	const { module, moduleResolution, allowImportingTsExtensions, rewriteRelativeImportExtensions } = value;
	return {
		...(typeof module === 'string' && { module }),
		...(typeof moduleResolution === 'string' && { moduleResolution }),
		...(typeof allowImportingTsExtensions === 'boolean' && { allowImportingTsExtensions }),
		...(typeof rewriteRelativeImportExtensions === 'boolean' && { rewriteRelativeImportExtensions }),
	};
}

function ownFileSet(config: JsonRecord): FileSet {
	const lists = FILE_FIELDS.map((field) => [field, stringList(config[field])] as const);
	return Object.fromEntries(lists.filter(([, list]) => list !== undefined));
}

/** What a base says is relative to the base. */
function movedFileSet({ path, fileSet }: Tsconfig, folder: string): FileSet {
	const way = pathBetween(folder, dirname(path));
	const move = (pattern: string) => (/^(?:\/|\$\{configDir\})/.test(pattern) ? pattern : posix.join(way, pattern));
	return Object.fromEntries(Object.entries(fileSet).map(([field, list]) => [field, list.map(move)]));
}

/** TypeScript's own extension → the one that the emitted file has. */
const EMITTED = { '.ts': '.js', '.mts': '.mjs' } as const satisfies Readonly<Record<string, ImportExtension>>;

type SourceExtension = keyof typeof EMITTED;

/** Node's own resolution, which never guesses an extension; every other one does. */
function needsExtension({ module, moduleResolution }: ImportOptions): boolean {
	return /^node(?!10$)(?:next|\d\d)$/i.test(moduleResolution ?? module ?? '');
}

export function importExtension(options: ImportOptions, connectorPath: string): ImportExtension {
	const extension = extname(connectorPath);
	if (!isSourceExtension(extension)) return needsExtension(options) ? '.js' : '';
	const namesSource = options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true;
	if (needsExtension(options)) return namesSource ? extension : EMITTED[extension];
	// No resolver guesses `.mts`.
	return extension === '.mts' ? EMITTED[extension] : '';
}

function isSourceExtension(extension: string): extension is SourceExtension {
	return extension in EMITTED;
}

/** How the module at `from` imports the one at `to`; both are relative to the package root. */
export function importSpecifier(from: string, to: string, extension: ImportExtension): string {
	const path = posix.relative(posix.dirname(from), to).slice(0, -extname(to).length) + extension;
	return path.startsWith('../') ? path : `./${path}`;
}
