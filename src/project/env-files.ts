import { join, relative, resolve, sep } from 'node:path';
import util from 'node:util';
import { UsageError } from '../lib/errors.ts';
import { below, pathBetween, withParents } from '../lib/paths.ts';
import { isEnvName } from '../lib/sanitize.ts';
import { withoutByteOrderMark } from '../lib/text.ts';
import { isLink, kindOf, readOwnBytes, readTextIfAny } from '../system/files.ts';
import { findGit, isIgnoredByGit } from '../system/git.ts';
import { ENV_EXAMPLES, type EnvExample, type EnvFile, type OtherEnvFiles, type Project } from './project.ts';

/** As `@earendil-works/pi-ai`, through which Flue talks to models, reads them. */
const MODEL_KEYS = [
	'ANTHROPIC_API_KEY',
	'ANTHROPIC_OAUTH_TOKEN',
	'OPENAI_API_KEY',
	'AZURE_OPENAI_API_KEY',
	'GEMINI_API_KEY',
	'GOOGLE_API_KEY',
	'GOOGLE_CLOUD_API_KEY',
	'GOOGLE_GENERATIVE_AI_API_KEY',
	'OPENROUTER_API_KEY',
	'AI_GATEWAY_API_KEY',
	'GROQ_API_KEY',
	'MISTRAL_API_KEY',
	'XAI_API_KEY',
	'DEEPSEEK_API_KEY',
	'CEREBRAS_API_KEY',
	'FIREWORKS_API_KEY',
	'TOGETHER_API_KEY',
	'MOONSHOT_API_KEY',
	'KIMI_API_KEY',
	'MINIMAX_API_KEY',
	'ZAI_API_KEY',
	'NVIDIA_API_KEY',
	'XIAOMI_API_KEY',
	'OPENCODE_API_KEY',
	'HF_TOKEN',
	'AWS_BEARER_TOKEN_BEDROCK',
] as const;

interface EnvNames {
	readonly names: ReadonlySet<string>;
	/** Those of them that have a value. */
	readonly filled: ReadonlySet<string>;
	/** Those that have one too, and that no reader of env files finds, because of a byte order mark before them. */
	readonly behindMark: ReadonlySet<string>;
}

function assignments(text: string): [name: string, value: string][] {
	// Node.js 20 does not know of `export`.
	const entries = Object.entries(util.parseEnv(text.replace(/^[\t ]*export[\t ]+/gm, '')));
	return entries.filter((entry): entry is [string, string] => isEnvName(entry[0]));
}

function namesOf(entries: readonly (readonly [name: string, value: string])[]): ReadonlySet<string> {
	return new Set(entries.map(([name]) => name));
}

/** The names that an env file assigns to. */
export function envNames(text: string): EnvNames {
	// As Windows PowerShell saves it, in UTF-16, each other byte is zero.
	const isWide = text.startsWith('\uFFFD\uFFFD') && text.includes('\0');
	const entries = assignments(isWide ? text.replaceAll(/[\0\uFFFD]/g, '') : withoutByteOrderMark(text));
	const first = /^\uFEFF[\t ]*(?:export[\t ]+)?(\w+)[\t ]*=/.exec(text)?.[1];
	const filled = entries.filter(([, value]) => value !== '');
	const isHidden = ([name]: readonly [string, string]) => isWide || name === first;
	return {
		names: namesOf(entries),
		filled: namesOf(filled.filter((entry) => !isHidden(entry))),
		behindMark: namesOf(filled.filter(isHidden)),
	};
}

export function holdsModelKey(names: ReadonlySet<string>): boolean {
	return MODEL_KEYS.some((name) => names.has(name));
}

function whyLeftAlone(path: string, content: string | undefined): string | undefined {
	if (isLink(path)) return 'is a link';
	const kind = kindOf(path);
	if (kind !== undefined && kind !== 'file') return 'is not a plain file';
	// In UTF-16 every other byte of a name is zero, and our lines would be rubbish.
	return content?.includes('\0') ? 'is not UTF-8' : undefined;
}

function readEnvExample(root: string, path: EnvExample['path']): EnvExample {
	try {
		const content = readOwnBytes(root, path);
		return { path, content, leftAlone: whyLeftAlone(below(root, path), content) };
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return { path, content: undefined, leftAlone: whyLeftAlone(below(root, path), undefined) ?? 'cannot be read' };
	}
}

export function readEnvExamples(root: string): EnvExample[] {
	return ENV_EXAMPLES.map((path) => readEnvExample(root, path));
}

const VALUE_FILES = ['.env', '.env.local', '.dev.vars'];

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

export function findOtherEnvFiles(
	root: string,
	workspaceRoot: string,
	scripts: readonly string[],
	own: Pick<Project, 'envFiles' | 'envExamples'>,
): OtherEnvFiles {
	const find = (folder: string, names: readonly string[]) => {
		const name = names.find((one) => kindOf(below(folder, one)) === 'file');
		return name === undefined ? undefined : pathBetween(root, below(folder, name));
	};
	const findAbove = (names: readonly string[], hasOwn: boolean) =>
		hasOwn || workspaceRoot === root ? undefined : find(workspaceRoot, names);
	const values = findAbove(VALUE_FILES, own.envFiles.length > 0);
	return {
		schema: find(root, ['.env.schema']) ?? find(workspaceRoot, ['.env.schema']),
		values,
		isNamed: values !== undefined && scripts.some((line) => line.includes(values)),
		example: findAbove(
			ENV_EXAMPLES,
			own.envExamples.some(({ content, leftAlone }) => content !== undefined || leftAlone !== undefined),
		),
	};
}

/** git knows more rules than are read here, such as those of a user for all repositories; where it cannot be asked, ours stand. */
export async function askGit(project: Project, env: NodeJS.ProcessEnv): Promise<Project> {
	const { root, gitRoot, top, envFiles } = project;
	const git = gitRoot === undefined || envFiles.length === 0 ? undefined : findGit(top, env);
	if (git === undefined) return project;
	const answers = envFiles.map(async (file) => {
		const answer = await isIgnoredByGit(git, root, file.path, env);
		return { ...file, ignoredByGit: answer ?? file.ignoredByGit };
	});
	return { ...project, envFiles: await Promise.all(answers) };
}

/** A worktree and a submodule have their rules where the file `.git` leads; worktrees share those of the repository. */
function excludeFile(top: string): string {
	const link = /^gitdir:\s*(.+)$/m.exec(readTextIfAny(below(top, '.git')) ?? '')?.[1];
	const own = resolve(top, link?.trimEnd() ?? '.git');
	return join(resolve(own, readTextIfAny(join(own, 'commondir'))?.trim() ?? '.'), 'info/exclude');
}

/** git follows no link to one (since 2.32). */
function readIgnoreFile(file: string): string | undefined {
	return isLink(file) ? undefined : readTextIfAny(file);
}

/** What the nearest .gitignore names as it is, and takes nothing back: mostly that is all there is to know, and no pattern has to be tried. */
function namedByGitIgnore(root: string): readonly string[] {
	const lines = readIgnoreFile(below(root, '.gitignore'))?.split(/\r?\n/) ?? [];
	return lines.some((line) => line.startsWith('!')) ? [] : lines;
}

/** As git decides: the nearest file that says anything wins, unless one further up ignores a whole folder on the way. */
async function readGitIgnore(root: string, top: string): Promise<(path: string) => boolean> {
	const { default: ignore } = await import('ignore');
	const levels = [
		...withParents(root, top).map((folder) => ({ folder, text: readIgnoreFile(join(folder, '.gitignore')) })),
		{ folder: top, text: readTextIfAny(excludeFile(top)) },
	].flatMap(({ folder, text }) => {
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
