import { below } from '../lib/paths.ts';
import { listFolder, readTextIfAny } from '../system/files.ts';

/** These bounds keep the look short in a huge project: together they cost less than the start of Node.js. */
const MOST_FOLDERS = 300;

const MOST_ENTRIES = 2000;

export const MOST_READ = 1000;

const HEAD_BYTES = 4096;

export interface Module {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	/** The file's first 4 KiB. */
	readonly head: string;
}

export interface ModuleSearch {
	readonly modules: readonly Module[];
	/** Whether the bounds sufficed to see every module. */
	readonly complete: boolean;
}

function isModule(name: string): boolean {
	return /\.m?[jt]s$/.test(name) && !/\.d\.m?ts$/.test(name);
}

export function readModule(root: string, path: string): Module | undefined {
	const head = readTextIfAny(below(root, path), HEAD_BYTES);
	return head === undefined ? undefined : { path, head };
}

/** The modules of one folder, without those below it; empty when there is no such folder. */
export function listModules(root: string, folder: string): readonly string[] {
	return listFolder(below(root, folder), MOST_ENTRIES)
		.filter(({ name, kind }) => (kind === 'file' || kind === 'link') && isModule(name))
		.map(({ name }) => `${folder}/${name}`);
}

/** The nearest modules of the package, files with `name` in their name first. */
export function searchModules(root: string, name: string): ModuleSearch {
	const { files, complete } = listBelow(root, isModule);
	const isNamed = (path: string) => path.toLowerCase().includes(name);
	const paths = [...files.filter(isNamed), ...files.filter((path) => !isNamed(path))].slice(0, MOST_READ);
	const modules = paths.map((path) => readModule(root, path)).filter((module) => module !== undefined);
	return { modules, complete: complete && files.length <= MOST_READ };
}

/** The wanted files of the package, breadth first. */
export function listBelow(
	root: string,
	isWanted: (name: string) => boolean,
): { readonly files: readonly string[]; readonly complete: boolean } {
	const files: string[] = [];
	// '' is the root itself.
	const own = ['.flue/', 'src/', ''];
	const folders = [...own];
	let complete = true;
	for (const [index, folder] of folders.entries()) {
		if (index === MOST_FOLDERS) return { files, complete: false };
		const entries = listFolder(below(root, folder), MOST_ENTRIES);
		if (entries.length === MOST_ENTRIES) complete = false;
		const belongsToAnotherPackage = !own.includes(folder) && entries.some(({ name }) => name === 'package.json');
		if (belongsToAnotherPackage) continue;
		for (const { name, kind } of entries) {
			if (kind === 'file' && isWanted(name)) files.push(folder + name);
			if (kind === 'directory' && isSourceFolder(name) && !own.includes(`${folder}${name}/`))
				folders.push(`${folder}${name}/`);
		}
	}
	return { files, complete };
}

/** What Flue's own search for agents leaves out, and what no project keeps its sources in. */
function isSourceFolder(name: string): boolean {
	return !name.startsWith('.') && !['node_modules', 'dist', 'build', 'coverage'].includes(name);
}
