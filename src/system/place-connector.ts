import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { checkRequestedPath, newConnectorPath, type SourceTree } from '../connector-path.ts';
import { UsageError } from '../errors.ts';
import type { ExistingConnector, Fact } from '../project.ts';
import { isPrintable, printable } from '../untrusted.ts';
import { isLink, kindOf, realPath, withParents } from './files.ts';
import { findConnectors, readConnector } from './find-connectors.ts';
import type { ModuleSearch } from './find-modules.ts';
import { findOwnPackage } from './package-root.ts';

export interface Placement {
	readonly connectorPath: Fact<string>;
	readonly existingConnector: ExistingConnector | undefined;
	readonly warnings: readonly string[];
}

export interface PlaceOptions {
	readonly root: string;
	readonly connector: string;
	readonly tree: SourceTree;
	readonly search: () => ModuleSearch;
	/** The folder that `requested` is relative to. */
	readonly cwd: string;
	/** `--path` as it was typed. */
	readonly requested: string | undefined;
}

export function placeConnector({ root, connector, tree, search, cwd, requested }: PlaceOptions): Placement {
	const existing = findConnectors(root, connector, tree.order, search);
	if (requested !== undefined) {
		if (!isPrintable(requested)) throw new UsageError(`--path ${printable(requested)} holds a control character.`, 'Name a file with plain characters.');
		const path = pathInside(root, resolve(cwd, requested), `--path ${printable(requested)}`);
		checkRequestedPath(path, tree);
		refuseOtherPackage(root, path, requested);
		const others = existing.filter((other) => other.path !== path).map((other) => other.path);
		const warnings = others.length === 0 ? [] : [`There is a ${connector} connector already: ${others.join(', ')}. ${path} will be a second one.`];
		return { connectorPath: { value: path, from: '--path' }, existingConnector: readConnector(root, path, connector), warnings };
	}
	const [used, ...others] = existing;
	if (used === undefined) {
		const path = newConnectorPath(tree, connector);
		pathInside(root, join(root, path), path);
		return { connectorPath: { value: path, from: reason(path, tree) }, existingConnector: undefined, warnings: [] };
	}
	pathInside(root, join(root, used.path), used.path);
	const names = others.map(({ path }) => path).join(', ');
	const warnings = others.length === 0 ? [] : [`There is more than one ${connector} connector: ${used.path} is the one that counts, ${names} can go.`];
	return { connectorPath: { value: used.path, from: 'it is there already' }, existingConnector: used, warnings };
}

function reason(path: string, { dir }: SourceTree): string {
	if (dir === '.') return path.startsWith('.flue/') ? 'there are no Flue sources yet' : 'the package root is the source directory';
	return `${dir}/ is the source directory`;
}

function refuseOtherPackage(root: string, path: string, requested: string): void {
	const owner = findOwnPackage(dirname(join(root, path)));
	if (owner === undefined || owner === root || owner === join(root, '.flue')) return;
	throw new UsageError(
		`--path ${printable(requested)} is in another package, ${relative(root, owner)}.`,
		'Run this for that package, with its folder as --cwd.',
	);
}

/** The file's path relative to the package root, links resolved; throws where no file of the project can be. */
function pathInside(root: string, file: string, subject: string): string {
	const real = realFile(file, subject);
	const path = relative(root, real);
	if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
		const how = real === file ? 'is' : 'leads through a link to a place';
		throw new UsageError(`${subject} ${how} outside of the package ${printable(root)}.`, 'Name a file inside of it with --path.');
	}
	return path.split(sep).join('/');
}

function realFile(file: string, subject: string): string {
	const existing = withParents(resolve(file)).find((path) => isLink(path) || kindOf(path) !== undefined) ?? file;
	const real = realPath(existing);
	if (real === undefined) throw new UsageError(`${subject} leads through a link to nothing.`, 'Mend or remove the link.');
	const kind = kindOf(real);
	if (existing !== resolve(file) && kind !== 'directory') {
		throw new UsageError(`${subject} cannot be created: ${printable(existing)} is not a folder.`, 'Name a file in a folder with --path.');
	}
	if (existing === resolve(file) && kind !== 'file') {
		throw new UsageError(`${subject} is ${kind === 'directory' ? 'a folder' : 'not a regular file'}.`, 'Name a file that ends in .ts with --path.');
	}
	return join(real, relative(existing, resolve(file)));
}
