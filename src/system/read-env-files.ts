import { join, relative, sep } from 'node:path';
import { envNames } from '../env-files.ts';
import type { EnvFile } from '../project.ts';
import { below, readTextIfAny, withParents } from './files.ts';

const VALUE_FILES = ['.env', '.env.local', '.dev.vars'];
const GITIGNORE_BYTES = 64 * 1024;

export async function readEnvFiles(root: string, gitRoot: string | undefined): Promise<EnvFile[]> {
	const found = VALUE_FILES.flatMap((path) => {
		const text = readTextIfAny(below(root, path));
		return text === undefined ? [] : [{ path, ...envNames(text) }];
	});
	if (found.length === 0) return [];
	const named = namedByGitIgnore(root);
	if (found.every(({ path }) => named.includes(path))) return found.map((file) => ({ ...file, ignoredByGit: true }));
	const isIgnored = await readGitIgnore(root, gitRoot ?? root);
	return found.map((file) => ({ ...file, ignoredByGit: isIgnored(file.path) }));
}

/** What the nearest .gitignore names as it is, and takes nothing back: mostly that is all there is to know, and no pattern has to be tried. */
function namedByGitIgnore(root: string): readonly string[] {
	const lines = readTextIfAny(below(root, '.gitignore'), GITIGNORE_BYTES)?.split(/\r?\n/) ?? [];
	return lines.some((line) => line.startsWith('!')) ? [] : lines;
}

/** As git decides: the nearest file that says anything wins, unless one further up ignores a whole folder on the way. */
async function readGitIgnore(root: string, top: string): Promise<(path: string) => boolean> {
	const { default: ignore } = await import('ignore');
	const levels = [
		...withParents(root, top).map((folder) => ({ folder, file: join(folder, '.gitignore') })),
		{ folder: top, file: join(top, '.git/info/exclude') },
	].flatMap(({ folder, file }) => {
		const text = readTextIfAny(file, GITIGNORE_BYTES);
		const prefix = relative(folder, root).split(sep).join('/');
		return text === undefined
			? []
			: [{ rules: ignore({ ignorecase: false }).add(text), prefix: prefix === '' ? '' : `${prefix}/` }];
	});
	const decide = (path: string) => {
		if (levels.some(({ rules, prefix }) => prefix !== '' && rules.ignores(prefix))) return true;
		const verdicts = levels.map(({ rules, prefix }) => rules.test(prefix + path));
		return verdicts.find(({ ignored, unignored }) => ignored || unignored)?.ignored ?? false;
	};
	return (path) => {
		try {
			return decide(path);
		} catch {
			// A line of brackets may become no regular expression: what git makes of it is then unknown.
			return false;
		}
	};
}
