import { join, relative, sep } from 'node:path';
import { isRecord, type JsonRecord } from '../lib/json.ts';
import { below, withParents } from '../lib/paths.ts';
import { kindOf, listFolder, readTextIfAny } from '../system/files.ts';
import { type Manifest, readManifestIfAny, stringList } from './package-json.ts';

export interface WorkspaceRoot {
	readonly path: string;
	readonly manifest: Manifest | undefined;
}

interface WorkspaceMember {
	/** Relative to the workspace root, with `/`. */
	readonly path: string;
	readonly manifest: Manifest;
}

interface MemberSearch {
	readonly members: readonly WorkspaceMember[];
	/** Half a sentence, where the bounds did not suffice to look at every folder that can be a member. */
	readonly cutShort: string | undefined;
}

/** Members are read for an error message and for `workspace:*` only; a huge workspace gets an answer too, if a shorter one. */
const MOST_FOLDERS = 500;

const MOST_ENTRIES = 2000;

const DEEPEST = 6;

const LONGEST_GLOB = 200;

/** The members that are wanted, as far as `MOST_FOLDERS` folders reach; no more than `most` of them. */
export async function findWorkspaceMembers(
	workspace: WorkspaceRoot,
	isWanted: (member: WorkspaceMember) => boolean,
	most = Number.POSITIVE_INFINITY,
): Promise<MemberSearch> {
	const { globs, leftOut } = await memberGlobs(workspace);
	if (globs.length === 0) return { members: [], cutShort: leftOut };
	const { isMember, included } = await membership(globs);
	const { default: picomatch } = await import('picomatch');
	const starts = included.map((glob) => ({ base: picomatch.scan(glob).base, deepest: deepestMatch(glob) }));
	const { folders, complete } = foldersBelow(workspace.path, starts);
	const members: WorkspaceMember[] = [];
	for (const folder of folders) {
		if (members.length >= most) break;
		const path = relative(workspace.path, folder).split(sep).join('/');
		const manifest = isMember(path) ? readManifestIfAny(folder) : undefined;
		if (manifest !== undefined && isWanted({ path, manifest })) members.push({ path, manifest });
	}
	const looked = folders.length === 1 ? '1 folder' : `${folders.length} folders`;
	return { members, cutShort: complete ? leftOut : `the search for members ended after ${looked}` };
}

/** The nearest root whose members the package is one of, or that it is itself; nobody else's settings are about it. */
export async function findWorkspaceRoot(
	path: string,
	manifest: Manifest,
	gitRoot: string | undefined,
): Promise<WorkspaceRoot | undefined> {
	for (const folder of withParents(path, gitRoot)) {
		const own = folder === path ? manifest : readManifestIfAny(folder);
		const isRoot = own?.workspaces !== undefined || kindOf(below(folder, 'pnpm-workspace.yaml')) === 'file';
		const workspace = { path: folder, manifest: own };
		if (isRoot && (folder === path || (await contains(workspace, path)))) return workspace;
	}
	return undefined;
}

async function contains(workspace: WorkspaceRoot, folder: string): Promise<boolean> {
	const { globs } = await memberGlobs(workspace);
	if (globs.length === 0) return false;
	const { isMember } = await membership(globs);
	return isMember(relative(workspace.path, folder).split(sep).join('/'));
}

interface Membership {
	readonly isMember: (path: string) => boolean;
	readonly included: readonly string[];
}

async function membership(globs: readonly string[]): Promise<Membership> {
	const { default: picomatch } = await import('picomatch');
	const included = globs.filter((glob) => !glob.startsWith('!')).map(cleanGlob);
	const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => cleanGlob(glob.slice(1)));
	// Nested extended globs can take for ever to match, and no workspace is known to use them.
	return { isMember: picomatch(included, { ignore: excluded, noextglob: true }), included };
}

interface MemberGlobs {
	readonly globs: readonly string[];
	/** Half a sentence, where a pattern was too long. */
	readonly leftOut: string | undefined;
}

async function memberGlobs({ path, manifest }: WorkspaceRoot): Promise<MemberGlobs> {
	const pnpm = await readYaml(path, 'pnpm-workspace.yaml');
	const named = stringList(pnpm?.['packages']) ?? manifest?.workspaces ?? [];
	const short = named.filter((glob) => glob.length <= LONGEST_GLOB);
	return {
		globs: short.filter((glob) => cleanGlob(glob.replace(/^!/, '')) !== ''),
		leftOut:
			short.length < named.length
				? `a pattern for members of more than ${LONGEST_GLOB} characters was left out`
				: undefined,
	};
}

function cleanGlob(glob: string): string {
	return glob.replace(/^\.\//, '').replace(/\/+$/, '');
}

/** Of how many names a path that the glob matches can be: where nothing in it repeats or stands for a slash, its own slashes tell. */
function deepestMatch(glob: string): number {
	return /\*\*|\.\.|[[\]()\\+]/.test(glob) ? Number.POSITIVE_INFINITY : glob.split('/').length;
}

interface Start {
	readonly base: string;
	readonly deepest: number;
}

/** Breadth first, so that what is left out when there are too many is what lies deepest. */
export function foldersBelow(
	root: string,
	starts: readonly Start[],
): { readonly folders: readonly string[]; readonly complete: boolean } {
	const ends = new Map<string, number>();
	for (const { base, deepest } of starts.filter((start) => !start.base.split('/').includes('..'))) {
		const folder = join(root, base);
		ends.set(folder, Math.max(deepest, ends.get(folder) ?? 0));
	}
	const seen = new Set(ends.keys());
	let complete = true;
	for (const folder of seen) {
		const depth = folder === root ? 0 : relative(root, folder).split(sep).length;
		const end = Math.max(...withParents(folder, root).map((parent) => ends.get(parent) ?? 0));
		if (depth >= end || (depth >= DEEPEST && !complete)) continue;
		const entries = listFolder(folder, MOST_ENTRIES);
		if (entries.length === MOST_ENTRIES) complete = false;
		for (const { name, kind } of entries) {
			const path = join(folder, name);
			if (kind !== 'directory' || name === 'node_modules' || name.startsWith('.') || seen.has(path)) continue;
			if (seen.size >= MOST_FOLDERS) return { folders: [...seen], complete: false };
			if (depth >= DEEPEST) complete = false;
			else seen.add(path);
		}
	}
	return { folders: [...seen], complete };
}

/** No honest file of this kind is large. */
const LARGEST_YAML = 256 * 1024;

/** A reader walks what an alias stands for once for each alias. */
const MOST_ALIASES = 100;

/** Undefined when there is no such file, or nothing that can be read in it. */
export async function readYaml(folder: string, name: string): Promise<JsonRecord | undefined> {
	const text = readTextIfAny(join(folder, name));
	if (text === undefined || text.length > LARGEST_YAML) return undefined;
	const { load } = await import('js-yaml');
	try {
		// Of a key that stands there twice, as `json` says, the last one counts.
		const value = load(text, { json: true, maxAliases: MOST_ALIASES });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
