import { dirname, extname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import type { SourceDir } from '../ecosystem/flue-runtimes.ts';
import { UsageError } from '../lib/errors.ts';
import { pathBetween, withParents } from '../lib/paths.ts';
import { isConnectorPath, isPrintable, printable, safe } from '../lib/sanitize.ts';
import { isLink, kindOf, realPath } from '../system/files.ts';
import { findConnectors, readConnector, sourceDirOf } from './existing-connectors.ts';
import { findOwnPackage } from './package-root.ts';
import type { ExistingConnector, Fact } from './project.ts';
import type { ModuleSearch } from './modules.ts';
import type { SourceTree } from './sources.ts';

const EXTENSIONS = ['.ts', '.mts'];

/** Where a connector goes that is not there yet and whose place nobody named. */
function newConnectorPath(tree: SourceTree, connector: string): string {
	if (tree.dir === '.' && !tree.isFlueFolder && !tree.inUse()) return `.flue/connectors/${connector}.ts`;
	return posix.join(tree.dir, tree.hasSandboxes ? 'sandboxes' : 'connectors', `${connector}.ts`);
}

/** The source directory once the connector is there: in a project without Flue sources, its folder is the first of them. */
export function sourceDirAfter(path: string, { dir, order }: Pick<SourceTree, 'dir' | 'order'>): SourceDir {
	const created = sourceDirOf(path);
	return order.find((name) => name === created || name === dir) ?? dir;
}

/** A device with whatever ending, or what loses its last dot. https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|\.$/i;

/** `path` is relative to the package root, without links. */
function checkRequestedPath(path: string, tree: SourceTree): void {
	const extension = extname(path);
	if (!EXTENSIONS.includes(extension) || /\.d\.m?ts$/.test(path)) {
		throw new UsageError(
			`--path ${printable(path)} does not name a TypeScript file.`,
			`A connector file ends in ${EXTENSIONS.join(' or ')}.`,
		);
	}
	if (!isConnectorPath(path)) {
		throw new UsageError(
			`--path ${printable(path)} holds a character that is not allowed.`,
			'Letters from a to z, digits and . _ - @ + / are.',
		);
	}
	const reserved = path.split('/').find((segment) => RESERVED_NAME.test(segment));
	if (reserved !== undefined) {
		throw new UsageError(
			`--path ${path} cannot exist on Windows, where ${reserved} is no name for a file or a folder.`,
			'Choose another name.',
		);
	}
	if (path.split('/').some((segment) => /^(?:node_modules|\.git)$/i.test(segment))) {
		throw new UsageError(
			`--path ${path} is in a folder that is not the project's own.`,
			"Name a file among the project's sources.",
		);
	}
	const taken = takenOver(path, tree);
	if (taken !== undefined) {
		const current = tree.dir === '.' ? 'the package root' : `${tree.dir}/`;
		throw new UsageError(
			`--path ${path} would create ${taken}/, which Flue then takes for the source directory: what is in ${current} is no longer found.`,
			`Name a file in ${current}, or leave --path out.`,
		);
	}
	if (/^(?:agents|workflows)$/.test(posix.relative(sourceDirAfter(path, tree), posix.dirname(path)))) {
		throw new UsageError(
			`--path ${path} is in a folder whose every file Flue takes for an agent or a workflow.`,
			`Name a file in ${posix.join(tree.dir, 'connectors')}/ instead.`,
		);
	}
}

/** The directory that the file would bring into being and that the runtime prefers to the one in use. */
function takenOver(path: string, { dir, order, exists, inUse }: SourceTree): SourceDir | undefined {
	// On a disk that ignores case, `.Flue` is found as `.flue`.
	const created = sourceDirOf(path.toLowerCase());
	const place = order.indexOf(created);
	const prefers = created !== '.' && place !== -1 && place < order.indexOf(dir);
	return prefers && !exists(created) && inUse() ? created : undefined;
}

interface Placement {
	readonly connectorPath: Fact<string>;
	readonly existingConnector: ExistingConnector | undefined;
	readonly isSearchComplete: boolean;
	readonly warnings: readonly string[];
}

interface PlaceOptions {
	readonly root: string;
	/** The folder with the sources, relative to the root: empty, or with `/` at its end. */
	readonly base: string;
	readonly connector: string;
	readonly tree: SourceTree;
	readonly search: () => ModuleSearch;
	/** The folder that `requested` is relative to. */
	readonly cwd: string;
	/** `--path` as it was typed. */
	readonly requested: string | undefined;
}

export function placeConnector(options: PlaceOptions): Placement {
	const { root, base, connector, tree, search, requested } = options;
	const found = findConnectors(root, base, connector, tree.order, search);
	const existing = found.map((one) => ({ ...one, path: posix.join(base, one.path) }));
	if (requested !== undefined) return placeRequested({ ...options, requested }, existing);
	const [used, ...others] = existing;
	if (used !== undefined) return placeExisting(root, connector, used, others);
	const path = newConnectorPath(tree, connector);
	pathInside(root, join(root, base, path), base + path);
	const connectorPath = { value: base + path, from: reason(path, base, tree) };
	return { connectorPath, existingConnector: undefined, isSearchComplete: search().complete, warnings: [] };
}

function placeRequested(
	{ root, base, connector, tree, cwd, requested }: PlaceOptions & { requested: string },
	existing: readonly ExistingConnector[],
): Placement {
	const subject = `--path ${printable(requested)}`;
	if (!isPrintable(requested))
		throw new UsageError(`${subject} holds a control character.`, 'Name a file with plain characters.');
	const path = pathInside(root, resolve(cwd, requested), subject);
	checkRequestedPath(path.startsWith(base) ? path.slice(base.length) : path, tree);
	refuseOtherPackage(root, path, subject);
	const existingConnector = readConnector(root, path, connector);
	const others = existing.filter((other) => other.path !== path).map((other) => other.path);
	const [already, verb] = existingConnector === undefined ? [' already', 'will be'] : ['', 'is'];
	const warnings =
		others.length === 0
			? []
			: [
					`There is a ${connector} connector${already}: ${others.map(marked).join(', ')}. ${marked(path)} ${verb} a second one.`,
				];
	return { connectorPath: { value: path, from: '--path' }, existingConnector, isSearchComplete: true, warnings };
}

function marked(path: string): string {
	return safe('file', path);
}

function placeExisting(
	root: string,
	connector: string,
	used: ExistingConnector,
	others: readonly ExistingConnector[],
): Placement {
	const { path } = used;
	pathInside(root, join(root, path), path);
	const names = others.map((other) => marked(other.path)).join(', ');
	const warnings = [
		...(names === ''
			? []
			: [`There is more than one ${connector} connector: ${marked(path)} is the one that counts, ${names} can go.`]),
		...(path.endsWith('.js')
			? [`${marked(path)} is JavaScript: rename it to end in .ts, or name another file with --path.`]
			: []),
	];
	const connectorPath = { value: path, from: 'it is there already' };
	return { connectorPath, existingConnector: used, isSearchComplete: true, warnings };
}

function reason(path: string, base: string, { dir }: SourceTree): string {
	if (base !== '') return `${base} is nearer than the package root`;
	if (dir === '.')
		return path.startsWith('.flue/') ? 'there are no Flue sources yet' : 'the package root is the source directory';
	return `${dir}/ is the source directory`;
}

function refuseOtherPackage(root: string, path: string, subject: string): void {
	const owner = findOwnPackage(dirname(join(root, path)));
	if (owner === undefined || owner === root || owner === join(root, '.flue')) return;
	throw new UsageError(
		`${subject} is in another package, ${pathBetween(root, owner)}.`,
		'Run this for that package, with its folder as --cwd.',
	);
}

/** For a file beside the connector: its folder is as little to be left through a link. */
export function checkExamplePlace(root: string, path: string): void {
	try {
		pathInside(root, join(root, path), path);
	} catch (error) {
		throw error instanceof UsageError ? new UsageError(error.message, 'Mend that, or leave --example out.') : error;
	}
}

/** The file's path relative to the package root, links resolved; throws where no file of the project can be. */
function pathInside(root: string, file: string, subject: string): string {
	const real = realFile(file, subject);
	const path = relative(root, real);
	if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
		const how = real === file ? 'is' : 'leads through a link to a place';
		throw new UsageError(
			`${subject} ${how} outside of the package ${printable(root)}.`,
			'Name a file inside of it with --path.',
		);
	}
	return path.split(sep).join('/');
}

function realFile(file: string, subject: string): string {
	const existing = withParents(resolve(file)).find((path) => isLink(path) || kindOf(path) !== undefined) ?? file;
	const real = realPath(existing);
	if (real === undefined)
		throw new UsageError(`${subject} leads through a link to nothing.`, 'Mend or remove the link.');
	const kind = kindOf(real);
	if (existing !== resolve(file) && kind !== 'directory') {
		throw new UsageError(
			`${subject} cannot be created: ${printable(existing)} is not a folder.`,
			'Name a file in a folder with --path.',
		);
	}
	if (existing === resolve(file) && kind !== 'file') {
		throw new UsageError(
			`${subject} is ${kind === 'directory' ? 'a folder' : 'not a regular file'}.`,
			'Name a file that ends in .ts with --path.',
		);
	}
	return join(real, relative(existing, resolve(file)));
}
