import { extname, posix } from 'node:path';
import { UsageError } from './errors.ts';
import { sourceDirOf } from './existing-connector.ts';
import type { SourceDir } from './runtime-profiles.ts';
import { isConnectorPath, printable } from './untrusted.ts';

/** The source directory as the runtime finds it, and what is in it. */
export interface SourceTree {
	readonly dir: SourceDir;
	/** The runtime's order: the first that exists is the source directory. */
	readonly order: readonly SourceDir[];
	readonly exists: (dir: SourceDir) => boolean;
	/** Whether agents, workflows or other sources of Flue's are in it: asked only where it matters, because it takes a search. */
	readonly inUse: () => boolean;
	readonly hasSandboxes: boolean;
}

const EXTENSIONS = ['.ts', '.mts'];

/** Where a connector goes that is not there yet and whose place nobody named. */
export function newConnectorPath(tree: SourceTree, connector: string): string {
	if (tree.dir === '.' && !tree.inUse()) return `.flue/connectors/${connector}.ts`;
	return posix.join(tree.dir, tree.hasSandboxes ? 'sandboxes' : 'connectors', `${connector}.ts`);
}

/** The source directory once the connector is there: in a project without Flue sources, its folder is the first of them. */
export function sourceDirAfter(path: string, { dir, order }: Pick<SourceTree, 'dir' | 'order'>): SourceDir {
	const created = sourceDirOf(path);
	return order.find((name) => name === created || name === dir) ?? dir;
}

/** `path` is relative to the package root, without links. */
export function checkRequestedPath(path: string, tree: SourceTree): void {
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
	if (path.split('/').some((segment) => segment === 'node_modules' || segment === '.git')) {
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
