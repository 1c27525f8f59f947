import { dirname, extname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { isRecord, type JsonRecord, parseJson } from '../lib/json.ts';
import { withParents } from '../lib/paths.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { stringList } from './package-json.ts';
import type { Fact, ImportExtension } from './project.ts';
import { installedFolders, readPackageJson } from './package-json.ts';

/** Chains of `extends` are a few files long; this bounds a loop or a maze. */
const MOST_FILES = 30;

interface Reader {
	readonly read: (path: string) => Promise<JsonRecord | undefined>;
}

/** How the tsconfig nearest to the connector wants the connector to be imported. */
export async function readImportExtension(
	root: string,
	top: string,
	connectorPath: string,
): Promise<Fact<ImportExtension>> {
	const folders = withParents(dirname(join(root, connectorPath)), top);
	const file = folders.map((folder) => join(folder, 'tsconfig.json')).find((path) => kindOf(path) === 'file');
	if (file === undefined) return { value: importExtension({}, connectorPath), from: 'there is no tsconfig.json' };
	const options = await readOptions(file, boundedReader());
	const resolution = needsExtension(options) ? 'resolves modules as Node.js does' : 'needs no extension';
	return {
		value: importExtension(options, connectorPath),
		from: `${relative(root, file).split(sep).join('/')} ${resolution}`,
	};
}

function boundedReader(): Reader {
	let left = MOST_FILES;
	return {
		read: async (path) => {
			left -= 1;
			const text = left < 0 ? undefined : readTextIfAny(path);
			return text === undefined ? undefined : await parseTsconfig(text);
		},
	};
}

async function parseTsconfig(text: string): Promise<JsonRecord | undefined> {
	const json = parseJson(text.replaceAll(/^[\t ]*\/\/.*$/gm, ''));
	if (isRecord(json)) return json;
	const { parse } = await import('jsonc-parser');
	try {
		const value: unknown = parse(text, [], { allowTrailingComma: true });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

async function readOptions(file: string, reader: Reader, seen: readonly string[] = []): Promise<ImportOptions> {
	const config = seen.includes(file) ? undefined : await reader.read(file);
	if (config === undefined) return {};
	const { extends: base, references, files } = config;
	const chain = [...seen, file];
	const bases = (typeof base === 'string' ? [base] : (stringList(base) ?? []))
		.slice(0, MOST_FILES)
		.map((specifier) => resolveExtends(specifier, dirname(file)));
	const options: ImportOptions = {};
	for (const path of bases) Object.assign(options, path === undefined ? {} : await readOptions(path, reader, chain));
	Object.assign(options, ownOptions(config['compilerOptions']));
	// A tsconfig that only lists others, as Vite's templates have it.
	const isSolution = Array.isArray(files) && files.length === 0 && Array.isArray(references);
	return isSolution && options.module === undefined ? await readReferences(references, file, reader, chain) : options;
}

async function readReferences(
	references: readonly unknown[],
	file: string,
	reader: Reader,
	chain: readonly string[],
): Promise<ImportOptions> {
	for (const reference of references.slice(0, MOST_FILES)) {
		const path = isRecord(reference) ? reference['path'] : undefined;
		if (typeof path !== 'string') continue;
		const target = resolve(dirname(file), path);
		const options = await readOptions(target.endsWith('.json') ? target : join(target, 'tsconfig.json'), reader, chain);
		if (options.module !== undefined || options.moduleResolution !== undefined) return options;
	}
	return {};
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

function resolveExtends(specifier: string, folder: string): string | undefined {
	if (
		specifier.startsWith('./') ||
		specifier.startsWith('../') ||
		specifier === '..' ||
		specifier === '.' ||
		isAbsolute(specifier)
	) {
		return asFile(resolve(folder, specifier));
	}
	return installedFolders(folder, specifier)
		.map(asPackageFile)
		.find((path) => path !== undefined);
}

function asFile(path: string): string | undefined {
	return [path, `${path}.json`].find((candidate) => kindOf(candidate) === 'file');
}

function asPackageFile(path: string): string | undefined {
	const file = asFile(path);
	if (file !== undefined || kindOf(path) !== 'directory') return file;
	const named = readPackageJson(path)?.['tsconfig'];
	return asFile(typeof named === 'string' ? join(path, named) : join(path, 'tsconfig.json'));
}

/** The compiler options that decide how a relative import is written. */
export interface ImportOptions {
	readonly module?: string;
	readonly moduleResolution?: string;
	readonly allowImportingTsExtensions?: boolean;
	readonly rewriteRelativeImportExtensions?: boolean;
}

/** TypeScript's own extension → the one that the emitted file has. */
const EMITTED = { '.ts': '.js', '.mts': '.mjs' } as const satisfies Readonly<Record<string, ImportExtension>>;

type SourceExtension = keyof typeof EMITTED;

/** Node's own resolution, which never guesses an extension; every other one does. */
export function needsExtension({ module, moduleResolution }: ImportOptions): boolean {
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
