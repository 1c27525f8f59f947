import { join, relative, sep } from 'node:path';
import { type Manifest, stringList } from '../manifest.ts';
import { listFolder } from './files.ts';
import { readManifestIfAny, type WorkspaceRoot } from './package-root.ts';
import { readYaml } from './yaml-files.ts';

export interface WorkspaceMember {
	/** Relative to the workspace root, with `/`. */
	readonly path: string;
	readonly manifest: Manifest;
}

/** Members are read for an error message and for `workspace:*` only; a huge workspace gets an answer too, if a shorter one. */
const MOST_FOLDERS = 500;
const MOST_ENTRIES = 2000;
const DEEPEST = 6;
const LONGEST_GLOB = 200;

/** The members, as far as `MOST_FOLDERS` folders reach. */
export async function readWorkspaceMembers(workspace: WorkspaceRoot): Promise<readonly WorkspaceMember[]> {
	const globs = (await memberGlobs(workspace)).filter(isUsableGlob);
	if (globs.length === 0) return [];
	const { default: picomatch } = await import('picomatch');
	const included = globs.filter((glob) => !glob.startsWith('!')).map(cleanGlob);
	const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => cleanGlob(glob.slice(1)));
	// Nested extended globs can take for ever to match, and no workspace is known to use them.
	const isMember = picomatch(included, { ignore: excluded, noextglob: true });
	const bases = included.map((glob) => picomatch.scan(glob).base);
	return foldersBelow(workspace.path, [...new Set(bases)]).flatMap((folder) => {
		const path = relative(workspace.path, folder).split(sep).join('/');
		const manifest = isMember(path) ? readManifestIfAny(folder) : undefined;
		return manifest === undefined ? [] : [{ path, manifest }];
	});
}

async function memberGlobs({ path, manifest }: WorkspaceRoot): Promise<readonly string[]> {
	const pnpm = await readYaml(path, 'pnpm-workspace.yaml');
	return stringList(pnpm?.['packages']) ?? manifest?.workspaces ?? [];
}

function isUsableGlob(glob: string): boolean {
	return glob.length <= LONGEST_GLOB && cleanGlob(glob.replace(/^!/, '')) !== '';
}

function cleanGlob(glob: string): string {
	return glob.replace(/^\.\//, '').replace(/\/+$/, '');
}

/** Breadth first, so that what is left out when there are too many is what lies deepest. */
function foldersBelow(root: string, bases: readonly string[]): readonly string[] {
	const folders = bases.filter((base) => !base.split('/').includes('..')).map((base) => join(root, base));
	const seen = new Set(folders);
	for (const folder of seen) {
		if (relative(root, folder).split(sep).length >= DEEPEST) continue;
		for (const { name, kind } of listFolder(folder, MOST_ENTRIES)) {
			if (seen.size >= MOST_FOLDERS) return [...seen];
			if (kind === 'directory' && name !== 'node_modules' && !name.startsWith('.')) seen.add(join(folder, name));
		}
	}
	return [...seen];
}
