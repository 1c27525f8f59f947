export const CODING_AGENT_NAMES = [
	'claude',
	'codex',
	'opencode',
	'pi',
	'copilot',
	'cline',
	'gemini',
	'qwen',
	'cursor-agent',
] as const;

export type CodingAgentName = (typeof CODING_AGENT_NAMES)[number];

interface CodingAgent {
	/** What it is called on PATH, the likeliest first. */
	readonly programs: readonly string[];
	/** The arguments that start it at a terminal with a first message, and leave it its keyboard. */
	readonly start: (message: string) => readonly string[];
	/** Whether it takes the whole instructions as its first message. */
	readonly takesInstructions: boolean;
	/** What follows the instructions without a terminal: from a pipe, or told the command that writes. */
	readonly headless: { readonly pipe: string } | { readonly tell: string };
}

const CODEX_WRITES = ['-s', 'workspace-write', '-c', 'sandbox_workspace_write.network_access=true'];

/**
 * Each form was run: claude 2.1.332, codex 0.169.0, opencode 1.18.33, pi 1.3.0, copilot 1.0.102, cline 3.0.65, gemini 0.61.0,
 * qwen 0.24.4. That of Cursor's agent is from its documentation. Behind a bare pipe codex ends with "stdin is not a terminal",
 * and opencode has no keyboard; gemini hangs on a long text with `@` in it, and qwen puts a blank before each.
 */
const CODING_AGENTS = {
	claude: {
		programs: ['claude'],
		start: (message) => [message],
		takesInstructions: true,
		headless: { pipe: 'claude -p --permission-mode auto' },
	},
	codex: {
		programs: ['codex'],
		start: (message) => [...CODEX_WRITES, message],
		takesInstructions: true,
		headless: { pipe: `codex exec ${CODEX_WRITES.join(' ')}` },
	},
	opencode: {
		programs: ['opencode'],
		start: (message) => ['--prompt', message],
		takesInstructions: true,
		headless: { pipe: 'opencode run --auto' },
	},
	pi: { programs: ['pi'], start: (message) => [message], takesInstructions: true, headless: { pipe: 'pi' } },
	copilot: {
		programs: ['copilot'],
		start: (message) => ['--allow-all-tools', '-i', message],
		takesInstructions: true,
		headless: { pipe: 'copilot --allow-all-tools' },
	},
	cline: {
		programs: ['cline'],
		start: (message) => ['-i', message],
		takesInstructions: true,
		headless: { pipe: 'cline' },
	},
	gemini: {
		programs: ['gemini'],
		start: (message) => ['-i', message],
		takesInstructions: false,
		headless: { tell: 'gemini --yolo -p' },
	},
	qwen: {
		programs: ['qwen'],
		start: (message) => ['-i', message],
		takesInstructions: false,
		headless: { tell: 'qwen --yolo -p' },
	},
	'cursor-agent': {
		programs: ['cursor-agent', 'agent'],
		start: (message) => [message],
		takesInstructions: true,
		headless: { pipe: 'cursor-agent -p --trust --force' },
	},
} as const satisfies Record<CodingAgentName, CodingAgent>;

export function isCodingAgentName(text: string): text is CodingAgentName {
	return CODING_AGENT_NAMES.some((name) => name === text);
}

/** The names that its program may have on PATH. */
export function agentPrograms(name: CodingAgentName): readonly string[] {
	return CODING_AGENTS[name].programs;
}

/** Many programs are called `agent`: one is Cursor's if its path or its first lines say so. */
export function mustNameCursor(program: string): boolean {
	return program === 'agent';
}

export function takesInstructions(name: CodingAgentName): boolean {
	return CODING_AGENTS[name].takesInstructions;
}

/** The folders that Codex lets a package manager write to besides the project; the other agents have no sandbox by default. */
function addedFolders(name: CodingAgentName, folders: readonly string[]): string[] {
	return name === 'codex' ? folders.flatMap((folder) => ['--add-dir', folder]) : [];
}

/** The arguments that start it at a terminal; `caches` are the folders of the package manager. */
export function agentArguments(name: CodingAgentName, message: string, caches: readonly string[]): readonly string[] {
	return [...addedFolders(name, caches), ...CODING_AGENTS[name].start(message)];
}

interface HeadlessOptions {
	/** The command that prints the instructions, and the one that writes. */
	readonly print: string;
	readonly write: string;
	readonly caches: readonly string[];
	readonly isInGit: boolean;
}

/** The line, for a POSIX shell, that makes the agent follow the instructions where there is no terminal. */
export function headlessLine(name: CodingAgentName, { print, write, caches, isInGit }: HeadlessOptions): string {
	const { headless } = CODING_AGENTS[name];
	if ('tell' in headless) return `${headless.tell} "Run this: ${write}"`;
	const words = [headless.pipe, ...addedFolders(name, caches)];
	if (name === 'codex') words.push(...(isInGit ? [] : ['--skip-git-repo-check']), '-');
	return `${print} | ${words.join(' ')}`;
}
