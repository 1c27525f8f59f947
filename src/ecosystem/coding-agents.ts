export const CODING_AGENT_NAMES = ['claude', 'codex', 'opencode', 'cursor-agent'] as const;

export type CodingAgentName = (typeof CODING_AGENT_NAMES)[number];

interface CodingAgent {
	/** What it is called on PATH, the likeliest first. */
	readonly programs: readonly string[];
	/** The words that start it with a first message, and leave it its keyboard. */
	readonly startArguments: (prompt: string) => readonly string[];
	/** What reads the instructions from a pipe and is allowed to follow them. */
	readonly pipe: string;
}

/**
 * Tried on claude 2.1.197, codex 0.169.0 and opencode 1.18.33: behind a bare pipe codex ends with "stdin is not a terminal", and
 * opencode has no keyboard. Without its flags codex may not write, and Cursor's agent refuses, and exits with 0.
 */
const CODING_AGENTS = {
	claude: { programs: ['claude'], startArguments: (prompt) => [prompt], pipe: 'claude' },
	codex: {
		programs: ['codex'],
		startArguments: (prompt) => [prompt],
		pipe: 'codex exec -s workspace-write \\\n  -c sandbox_workspace_write.network_access=true -',
	},
	opencode: { programs: ['opencode'], startArguments: (prompt) => ['--prompt', prompt], pipe: 'opencode run --auto' },
	'cursor-agent': {
		programs: ['cursor-agent', 'agent'],
		startArguments: (prompt) => [prompt],
		pipe: 'cursor-agent -p --trust --force',
	},
} as const satisfies Record<CodingAgentName, CodingAgent>;

export function isCodingAgentName(text: string): text is CodingAgentName {
	return CODING_AGENT_NAMES.some((name) => name === text);
}

/** The names that its program may have on PATH. */
export function agentPrograms(name: CodingAgentName): readonly string[] {
	return CODING_AGENTS[name].programs;
}

/** The arguments that start it on a task; `command` prints the instructions and is made of checked words only. */
export function agentArguments(name: CodingAgentName, command: string): readonly string[] {
	return CODING_AGENTS[name].startArguments(
		`Run \`${command}\` in this folder and follow the instructions that it prints exactly.`,
	);
}

/** One entry for each agent, on lines that a shell takes as they are: how the instructions are piped to it. */
export function pipeLines(command: string): string[] {
	return CODING_AGENT_NAMES.map((name) => `${command} | ${CODING_AGENTS[name].pipe}`);
}
