import {
	chmodSync,
	lstatSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	renameSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { printable } from '../lib/sanitize.ts';
import { isMissing } from '../system/files.ts';
import { temporaryPath } from './temporary-files.ts';
import { writeDurably } from './write-files.ts';

/** All that npm, pnpm, yarn and bun write beside node_modules. */
const FILES = [
	'package.json',
	'package-lock.json',
	'npm-shrinkwrap.json',
	'.npmrc',
	'pnpm-lock.yaml',
	'pnpm-workspace.yaml',
	'yarn.lock',
	'.yarnrc',
	'.yarnrc.yml',
	'.pnp.cjs',
	'.pnp.loader.mjs',
	'.pnp.data.json',
	'.pnp.js',
	'.yarn/install-state.gz',
	'.yarn/build-state.yml',
	'bun.lock',
	'bun.lockb',
	'bunfig.toml',
];

/** A repository may keep yarn's downloads: those that were added are taken away again. */
const FOLDERS = ['.yarn', '.yarn/cache'];

type Saved =
	| { readonly kind: 'missing'; readonly path: string }
	| { readonly kind: 'file'; readonly path: string; readonly content: Buffer; readonly mode: number }
	| { readonly kind: 'link'; readonly path: string; readonly target: string }
	| { readonly kind: 'folder'; readonly path: string; readonly names: ReadonlySet<string> };

export type Snapshot = readonly Saved[];

function saveLink(path: string): Saved[] {
	const link: Saved = { kind: 'link', path, target: readlinkSync(path) };
	try {
		return [...saveFile(realpathSync(path)), link];
	} catch (error) {
		if (isMissing(error)) return [link];
		throw error;
	}
}

function saveFile(path: string): Saved[] {
	const stat = lstatSync(path);
	if (stat.isSymbolicLink()) return saveLink(path);
	return stat.isFile() ? [{ kind: 'file', path, content: readFileSync(path), mode: stat.mode & 0o7777 }] : [];
}

function saveFolder(path: string): Saved[] {
	return lstatSync(path).isDirectory() ? [{ kind: 'folder', path, names: new Set(readdirSync(path)) }] : [];
}

function save(path: string, saveExisting: (path: string) => Saved[]): Saved[] {
	try {
		return saveExisting(path);
	} catch (error) {
		if (isMissing(error)) return [{ kind: 'missing', path }];
		throw new UsageError(`${printable(path)} cannot be read: ${printable((error as Error).message)}`);
	}
}

export function managerFiles(folders: readonly string[]): string[] {
	return folders.flatMap((folder) => FILES.map((name) => join(folder, name)));
}

/** The files of every package manager in these folders, as they are now. */
export function takeSnapshot(folders: readonly string[]): Snapshot {
	const under = (names: readonly string[]) =>
		[...new Set(folders)].flatMap((folder) => names.map((name) => join(folder, name)));
	return [
		...under(FOLDERS).flatMap((path) => save(path, saveFolder)),
		...under(FILES).flatMap((path) => save(path, saveFile)),
	];
}

function isUnchanged(saved: Saved & { kind: 'file' }): boolean {
	const [now] = save(saved.path, saveFile);
	return now?.kind === 'file' && now.mode === saved.mode && now.content.equals(saved.content);
}

function replaceFile({ path, content, mode }: Saved & { kind: 'file' }): void {
	const draft = temporaryPath(path, 'draft');
	try {
		writeDurably(draft, content, mode);
		renameSync(draft, path);
	} finally {
		rmSync(draft, { force: true });
	}
}

/** What was written over a file has room for it, even when the disk is full. */
function overwriteFile({ path, content, mode }: Saved & { kind: 'file' }): void {
	writeFileSync(path, content, { flag: 'r+' });
	truncateSync(path, content.length);
	chmodSync(path, mode);
}

function restoreFile(saved: Saved & { kind: 'file' }): void {
	if (isUnchanged(saved)) return;
	try {
		replaceFile(saved);
	} catch {
		overwriteFile(saved);
	}
}

function restoreLink({ path, target }: Saved & { kind: 'link' }): void {
	const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
	if (isLink && readlinkSync(path) === target) return;
	rmSync(path, { force: true });
	symlinkSync(target, path);
}

function restore(saved: Saved): void {
	if (saved.kind === 'missing') rmSync(saved.path, { recursive: true, force: true });
	else if (saved.kind === 'file') restoreFile(saved);
	else if (saved.kind === 'link') restoreLink(saved);
	else {
		const added = readdirSync(saved.path).filter((name) => !saved.names.has(name));
		for (const name of added) rmSync(join(saved.path, name), { recursive: true, force: true });
	}
}

/** Puts everything back and returns a sentence for each file where that is impossible. */
export function restoreSnapshot(snapshot: Snapshot): string[] {
	return snapshot.flatMap((saved) => {
		try {
			restore(saved);
			return [];
		} catch (error) {
			return [`${printable(saved.path)} cannot be put back: ${printable((error as Error).message)}`];
		}
	});
}
